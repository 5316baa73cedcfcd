//! Whether a request was compiled with the same option schema as this generator.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use prost::Message as _;

use super::descriptor::{Enum, Field, Message, Outline};
use super::{Declared, DeclaredFile, join};
use crate::diagnostic::{Diagnostics, Lint, Location};
use crate::schema::{self, FILE, PACKAGE};

/// Compares the schema of the request with the embedded one, so that every rule has the same meaning in both.
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
    let roles = declared.vocabularies.roles.iter().map(|vocabulary| &vocabulary.at);
    let scopes = declared.vocabularies.scopes.iter().map(|vocabulary| &vocabulary.at);
    for at in rules.chain(roles).chain(scopes) {
        found.error(
            Lint::SchemaMismatch,
            at,
            format!("the option cannot be checked, because no file of the request has the package `{PACKAGE}`"),
            format!("keep `{FILE}` in the request; a set made by protoc needs `--include_imports`"),
        );
    }
}

fn check_number(outline: &Outline, found: &mut Diagnostics) {
    for (name, extension) in extensions(outline) {
        if let Some(ours) = with_number_of(extension).filter(|ours| *ours != name) {
            found.error(
                Lint::NumberTaken,
                &Location::file(&outline.name),
                format!("`{name}` uses the number {} of `({ours})`", extension.number),
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
        found.error(Lint::SchemaMismatch, &Location::file(&first.name), message, help);
    }
}

/// How a schema differs from the embedded one, and what to do about it.
fn difference(theirs: &BTreeSet<(String, String)>) -> Option<(String, &'static str)> {
    let ours = items(&OURS);
    let has = |items: &BTreeSet<(String, String)>, name: &str| items.iter().any(|(item, _)| item == name);
    let missing = ours.iter().map(|(name, _)| name.as_str()).filter(|name| !has(theirs, name)).collect::<Vec<_>>();
    let others = theirs.difference(&ours).map(|(name, _)| name.as_str());
    let (other, unknown) = others.partition::<Vec<_>, _>(|name| has(&ours, name));
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
            Some((format!("the schema is not the one of this protoc-gen-secure: they differ in {names}"), REPLACE))
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

/// Label and type as `descriptor.proto` counts them, then the number; an extension also has the message that it
/// extends.
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

/// The extension of the schema that has the number of this one.
fn with_number_of(extension: &Field) -> Option<String> {
    let is_same = |ours: &&Field| ours.number == extension.number && same_extendee(ours, extension);
    OURS.extensions.iter().find(is_same).map(|ours| join(PACKAGE, &ours.name))
}

fn same_extendee(one: &Field, other: &Field) -> bool {
    one.extendee.trim_start_matches('.') == other.extendee.trim_start_matches('.')
}

/// The first names: an old schema lacks many.
fn list(names: &[&str]) -> String {
    let (shown, rest) = names.split_at(names.len().min(SHOWN));
    let shown = shown.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if rest.is_empty() { shown } else { format!("{shown} and {} more", rest.len()) }
}

const SHOWN: usize = 4;

const UPDATE: &str = "update protoc-gen-secure to the version that `secure/v1/options.proto` is from";

const REPLACE: &str = "delete your copy of `secure/v1/options.proto`: build scripts need none, \
    and for protoc and buf `protoc-gen-secure print-proto DIR` writes it again";

/// The embedded schema, as the files of requests are read.
static OURS: LazyLock<Outline> = LazyLock::new(|| {
    let mut encoded = Vec::new();
    schema::descriptor().encode(&mut encoded).expect("a vector grows");
    Outline::decode(encoded.as_slice()).expect("a descriptor is encoded")
});

#[cfg(test)]
mod tests;
