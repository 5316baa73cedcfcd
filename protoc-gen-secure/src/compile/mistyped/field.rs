//! The fields of the schema, by name.

use protox::prost_reflect::{ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor};

use super::Findings;
use super::tokens::Token;
use crate::policy::nearest;

/// What a value must be.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) is_list: bool,
}

impl Field {
    pub(super) fn of_extension(extension: &ExtensionDescriptor) -> Self {
        Self { name: format!("({})", extension.full_name()), kind: extension.kind(), is_list: extension.is_list() }
    }

    pub(super) fn of_field(field: &FieldDescriptor) -> Self {
        Self { name: field.name().to_owned(), kind: field.kind(), is_list: field.is_list() }
    }
}

/// The field of a message. An unknown one is a finding.
pub(super) fn field_of(message: &MessageDescriptor, name: Token<'_>, findings: &mut Findings<'_>) -> Option<Field> {
    if let Some(field) = message.get_field_by_name(name.text) {
        return Some(Field::of_field(&field));
    }
    let fields = message.fields().map(|field| field.name().to_owned()).collect::<Vec<_>>();
    let text = format!("`{}` is not a field of `{}`", name.text, message.full_name());
    findings.report(name, text, did_you_mean(name.text, &fields, "fields"));
    None
}

/// "did you mean `a`? the fields are `a` and `b`".
pub(super) fn did_you_mean(name: &str, known: &[String], what: &str) -> String {
    let list = known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
    let nearest = nearest(name, known.iter().map(String::as_str)).or_else(|| {
        known.iter().map(String::as_str).find(|known| known.ends_with(&format!("_{}", name.to_uppercase())))
    });
    let nearest = nearest.map_or_else(String::new, |nearest| format!("did you mean `{nearest}`? "));
    if list.is_empty() {
        format!("write `{{}}`; there are no {what}")
    } else {
        format!("{nearest}the {what} are {list}")
    }
}
