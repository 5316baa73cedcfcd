//! The name of an option: an extension of the schema, and fields of its message.

use protox::prost_reflect::{ExtensionDescriptor, Kind};

use super::Findings;
use super::field::{Field, field_of};
use super::tokens::Token;
use crate::policy::nearest;
use crate::schema;

/// Where an option is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    Enum,
    EnumValue,
    Method,
    Other,
    Service,
}

/// An option of the schema.
pub(super) struct NamedOption<'a> {
    pub(super) name: Token<'a>,
    /// What its value must be, if its name has no mistake.
    pub(super) field: Option<Field>,
}

/// Reads the tokens before `=`. `None` if it is an option of another schema.
pub(super) fn check<'a>(tokens: &[Token<'a>], place: Place, findings: &mut Findings<'_>) -> Option<NamedOption<'a>> {
    let (name, path) = match tokens {
        [open, name, close, path @ ..] if open.text == "(" && close.text == ")" => (*name, path),
        [name, ..] if name.text.starts_with("secure.") => {
            let message = format!("`{}` must be in parentheses", extension_part(*name));
            findings.report(*name, message, format!("write `({})`", extension_part(*name)));
            return None;
        }
        _ => return None,
    };
    let extension = schema::descriptor().extensions().find(|it| it.full_name() == name.text.trim_start_matches('.'));
    let Some(extension) = extension else {
        unknown(name, place, findings);
        return None;
    };
    if !name.text.starts_with('.') && findings.is_shadowed(name.text) {
        let message =
            format!("`({})` is taken for an option of another package, whose name has a segment `secure`", name.text);
        findings.report(name, message, format!("write `(.{})`, which starts at the outermost package", name.text));
        return None;
    }
    if place_of(&extension) != place {
        misplaced(name, &extension, place, findings);
        return Some(NamedOption { name, field: None });
    }
    let mut field = Some(Field::of_extension(&extension));
    for segment in path.iter().flat_map(|token| token.segments()) {
        field = field.and_then(|field| step(&field, segment, findings));
    }
    Some(NamedOption { name, field })
}

fn step(field: &Field, segment: Token<'_>, findings: &mut Findings<'_>) -> Option<Field> {
    let Kind::Message(message) = &field.kind else {
        findings.report(
            segment,
            format!("`{}` has no fields", field.name),
            format!("write a value after `{}`", field.name),
        );
        return None;
    };
    field_of(message, segment, findings)
}

/// A name that is almost one of the schema. Only a compiler knows whether it is another schema's.
fn unknown(name: Token<'_>, place: Place, findings: &mut Findings<'_>) {
    let full = name.text.trim_start_matches('.');
    let mut extensions = schema::descriptor().extensions();
    let is_alike = full.starts_with("secure.")
        || extensions.any(|it| it.name() == full || nearest(full, [it.full_name()]).is_some());
    if !is_alike || !findings.is_about(full) {
        return;
    }
    let help = match schema::descriptor().extensions().find(|it| place_of(it) == place) {
        Some(meant) => format!("did you mean `({})`? it is the option of {}", meant.full_name(), plural(place)),
        None => OPTIONS.to_owned(),
    };
    findings.report(name, format!("there is no option `({full})`"), help);
}

fn misplaced(name: Token<'_>, extension: &ExtensionDescriptor, place: Place, findings: &mut Findings<'_>) {
    let message = format!("`({})` is an option of {}", extension.full_name(), plural(place_of(extension)));
    let help = match schema::descriptor().extensions().find(|it| place_of(it) == place) {
        Some(meant) => format!("did you mean `({})`? it is the option of {}", meant.full_name(), plural(place)),
        None => OPTIONS.to_owned(),
    };
    findings.report(name, message, help);
}

/// `secure.v1.method` of `secure.v1.method.public`.
fn extension_part(name: Token<'_>) -> &str {
    let dots = name.text.match_indices('.').map(|(at, _)| at);
    dots.take(3).nth(2).map_or(name.text, |end| &name.text[..end])
}

fn place_of(extension: &ExtensionDescriptor) -> Place {
    match extension.containing_message().name() {
        "EnumOptions" => Place::Enum,
        "EnumValueOptions" => Place::EnumValue,
        "MethodOptions" => Place::Method,
        "ServiceOptions" => Place::Service,
        _ => Place::Other,
    }
}

fn plural(place: Place) -> &'static str {
    match place {
        Place::Enum => "enums",
        Place::EnumValue => "enum values",
        Place::Method => "methods",
        Place::Other => "other places",
        Place::Service => "services",
    }
}

const OPTIONS: &str = "write `(secure.v1.method)` in a method, `(secure.v1.service)` in a service, `(secure.v1.roles)` in an enum, \
    or `(secure.v1.role)` in an enum value";
