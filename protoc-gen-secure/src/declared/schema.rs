//! Our option schema, and whether a request was compiled with the same one.

use std::collections::BTreeSet;

use super::descriptor::{Enum, Field, Message, Outline};
use super::{Declared, DeclaredFile, join};
use crate::diagnostic::{Diagnostics, Location, Rule};

/// The name under which `.proto` files import the schema.
pub(crate) const FILE: &str = "secure/v1/options.proto";

/// The schema itself.
pub(crate) const TEXT: &str = include_str!("../../proto/secure/v1/options.proto");

/// Its package.
pub(crate) const PACKAGE: &str = "secure.v1";

/// Finds out whether rules written in this request mean what we take them to mean.
pub(super) fn check(outlines: &[Outline]) -> Diagnostics {
    let mut found = Diagnostics::default();
    for outline in outlines {
        check_number(outline, &mut found);
    }
    check_items(outlines, &mut found);
    found
}

/// Refuses rules in a request that does not say what they are.
pub(super) fn check_presence(outlines: &[Outline], declared: &Declared, found: &mut Diagnostics) {
    if outlines.iter().any(|outline| outline.package == PACKAGE) {
        return;
    }
    let rules = declared.files.iter().flat_map(DeclaredFile::rules).map(|rule| &rule.at);
    let vocabularies = declared.vocabularies.iter().map(|vocabulary| &vocabulary.at);
    for at in rules.chain(vocabularies) {
        found.error(
            Rule::SchemaMismatch,
            at,
            format!(
                "the option is written in a schema that is not in the request: no file has the package `{PACKAGE}`"
            ),
            format!("keep `{FILE}` in the request; a set made by protoc needs `--include_imports`"),
        );
    }
}

fn check_number(outline: &Outline, found: &mut Diagnostics) {
    for (name, extension) in extensions(outline) {
        if let Some(ours) = with_number_of(extension).filter(|ours| *ours != name) {
            found.error(
                Rule::NumberTaken,
                &Location::file(&outline.name),
                format!("`{name}` has the number {NUMBER} of `({ours})`"),
                format!("give `{name}` another number; its options would be read as rules"),
            );
        }
    }
}

fn check_items(outlines: &[Outline], found: &mut Diagnostics) {
    let theirs = outlines.iter().filter(|outline| outline.package == PACKAGE).collect::<Vec<_>>();
    let Some(first) = theirs.first() else { return };
    let items = theirs.iter().copied().flat_map(items).collect::<BTreeSet<_>>();
    if let Some((message, help)) = difference(&items) {
        found.error(Rule::SchemaMismatch, &Location::file(&first.name), message, help);
    }
}

/// What distinguishes a schema from ours, and what to do about it.
fn difference(items: &BTreeSet<(String, String)>) -> Option<(String, &'static str)> {
    let has = |name: &str| items.iter().any(|(item, _)| item == name);
    let missing = ITEMS.iter().map(|(name, _)| *name).filter(|name| !has(name)).collect::<Vec<_>>();
    let (mut unknown, mut other) = (Vec::new(), Vec::new());
    for (name, shape) in items {
        match shape_of(name) {
            Some(ours) if ours == shape => {}
            Some(_) => other.push(name.as_str()),
            None => unknown.push(name.as_str()),
        }
    }
    match (unknown.as_slice(), missing.as_slice(), other.as_slice()) {
        ([], [], []) => None,
        (names, [], []) => {
            Some((format!("the schema is newer than this protoc-gen-secure: it has {}", list(names)), UPDATE))
        }
        ([], names, []) => {
            Some((format!("the schema is older than this protoc-gen-secure: it lacks {}", list(names)), REPLACE))
        }
        (unknown, missing, other) => {
            let names = list(&[unknown, missing, other].concat());
            Some((format!("the schema is not this protoc-gen-secure's: they differ in {names}"), REPLACE))
        }
    }
}

/// Everything a file of the schema declares, by full name, with what must agree.
fn items(outline: &Outline) -> BTreeSet<(String, String)> {
    let mut items = BTreeSet::new();
    let scope = outline.package.as_str();
    items.extend(outline.extensions.iter().map(|extension| field(scope, extension)));
    outline.enums.iter().for_each(|item| enumeration(scope, item, &mut items));
    items.extend(outline.services.iter().map(|item| (join(scope, &item.name), "service".to_owned())));
    for item in &outline.messages {
        message(scope, item, &mut items);
    }
    items
}

fn message(scope: &str, item: &Message, items: &mut BTreeSet<(String, String)>) {
    let scope = join(scope, &item.name);
    items.extend(item.fields.iter().chain(&item.extensions).map(|item| field(&scope, item)));
    item.enums.iter().for_each(|item| enumeration(&scope, item, items));
    for nested in &item.messages {
        message(&scope, nested, items);
    }
    items.insert((scope, "message".to_owned()));
}

/// Values are in the scope of their enum.
fn enumeration(scope: &str, item: &Enum, items: &mut BTreeSet<(String, String)>) {
    let values = item.values.iter().map(|value| (join(scope, &value.name), format!("= {}", value.number)));
    items.extend(values);
    items.insert((join(scope, &item.name), "enum".to_owned()));
}

/// Label and type as `descriptor.proto` counts them, then the number; an extension says whom it extends.
fn field(scope: &str, item: &Field) -> (String, String) {
    let Field { name, extendee, number, label, r#type, type_name, .. } = item;
    (join(scope, name), format!("{extendee} {label} {type}{type_name} = {number}", r#type = r#type))
}

/// Every extension of a file with its full name, nested ones too.
fn extensions(outline: &Outline) -> Vec<(String, &Field)> {
    let mut extensions = Vec::new();
    let top = outline.extensions.iter().map(|extension| (join(&outline.package, &extension.name), extension));
    extensions.extend(top);
    for item in &outline.messages {
        nested_extensions(&outline.package, item, &mut extensions);
    }
    extensions
}

fn nested_extensions<'a>(scope: &str, item: &'a Message, extensions: &mut Vec<(String, &'a Field)>) {
    let scope = join(scope, &item.name);
    extensions.extend(item.extensions.iter().map(|extension| (join(&scope, &extension.name), extension)));
    for nested in &item.messages {
        nested_extensions(&scope, nested, extensions);
    }
}

/// The extension of ours that has this one's number.
fn with_number_of(extension: &Field) -> Option<&'static str> {
    let extendee = extension.extendee.trim_start_matches('.');
    let ours = EXTENSIONS.iter().filter(|_| extension.number == NUMBER).find(|(options, _)| *options == extendee);
    ours.map(|(_, name)| *name)
}

/// The first of them; whoever has an old schema lacks many.
fn list(names: &[&str]) -> String {
    let (shown, rest) = names.split_at(names.len().min(SHOWN));
    let shown = shown.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if rest.is_empty() { shown } else { format!("{shown} and {} more", rest.len()) }
}

fn shape_of(name: &str) -> Option<&'static str> {
    ITEMS.iter().find(|(item, _)| *item == name).map(|(_, shape)| *shape)
}

/// The number of every extension.
pub(super) const NUMBER: i32 = 74117;

const SHOWN: usize = 4;

const EXTENSIONS: &[(&str, &str)] = &[
    ("google.protobuf.EnumOptions", "secure.v1.roles"),
    ("google.protobuf.EnumValueOptions", "secure.v1.role"),
    ("google.protobuf.MethodOptions", "secure.v1.method"),
    ("google.protobuf.ServiceOptions", "secure.v1.service"),
];

const UPDATE: &str = "update protoc-gen-secure to the version that `secure/v1/options.proto` is from";

const REPLACE: &str = "delete your copy of `secure/v1/options.proto`: the build-script door needs none, \
    and for protoc and buf `protoc-gen-secure print-proto DIR` writes it anew";

/// What `TEXT` declares, in the form of [`items`].
const ITEMS: &[(&str, &str)] = &[
    ("secure.v1.CREDENTIAL_JWT", "= 1"),
    ("secure.v1.CREDENTIAL_MTLS", "= 2"),
    ("secure.v1.CREDENTIAL_UNSPECIFIED", "= 0"),
    ("secure.v1.Credential", "enum"),
    ("secure.v1.MethodRule", "message"),
    ("secure.v1.MethodRule.authenticated", " 1 8 = 2"),
    ("secure.v1.MethodRule.denied", " 1 8 = 4"),
    ("secure.v1.MethodRule.owner", " 1 11.secure.v1.OwnerRule = 9"),
    ("secure.v1.MethodRule.peers", " 3 9 = 7"),
    ("secure.v1.MethodRule.public", " 1 8 = 1"),
    ("secure.v1.MethodRule.required_credentials", " 3 14.secure.v1.Credential = 6"),
    ("secure.v1.MethodRule.required_roles", " 3 9 = 3"),
    ("secure.v1.MethodRule.required_scopes", " 3 9 = 5"),
    ("secure.v1.MethodRule.tenant", " 1 11.secure.v1.TenantRule = 8"),
    ("secure.v1.OwnerRule", "message"),
    ("secure.v1.OwnerRule.exempt_roles", " 3 9 = 2"),
    ("secure.v1.OwnerRule.field", " 1 9 = 1"),
    ("secure.v1.RoleDefinition", "message"),
    ("secure.v1.RoleDefinition.includes", " 3 9 = 2"),
    ("secure.v1.RoleDefinition.name", " 1 9 = 1"),
    ("secure.v1.RoleDefinition.rust_name", " 1 9 = 3"),
    ("secure.v1.RoleVocabulary", "message"),
    ("secure.v1.ServiceRules", "message"),
    ("secure.v1.ServiceRules.default", " 1 11.secure.v1.MethodRule = 1"),
    ("secure.v1.ServiceRules.roles", " 1 9 = 2"),
    ("secure.v1.TenantRule", "message"),
    ("secure.v1.TenantRule.claim", " 3 9 = 2"),
    ("secure.v1.TenantRule.exempt_roles", " 3 9 = 3"),
    ("secure.v1.TenantRule.field", " 1 9 = 1"),
    ("secure.v1.method", ".google.protobuf.MethodOptions 1 11.secure.v1.MethodRule = 74117"),
    ("secure.v1.role", ".google.protobuf.EnumValueOptions 1 11.secure.v1.RoleDefinition = 74117"),
    ("secure.v1.roles", ".google.protobuf.EnumOptions 1 11.secure.v1.RoleVocabulary = 74117"),
    ("secure.v1.service", ".google.protobuf.ServiceOptions 1 11.secure.v1.ServiceRules = 74117"),
];

#[cfg(test)]
mod tests;
