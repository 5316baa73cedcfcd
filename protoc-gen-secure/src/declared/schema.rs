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
mod tests {
    use expect_test::{Expect, expect};
    use prost::Message as _;

    use super::{FILE, ITEMS, Outline, TEXT, items};
    use crate::declared::files_of_set;
    use crate::testing::{answer, orders, request, set};

    const SERVICE: &str =
        "service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }";

    /// Checks a service whose schema has `new` for `old`.
    #[track_caller]
    fn check(old: &str, new: &str, expected: Expect) {
        assert!(TEXT.contains(old));
        let schema = TEXT.replace(old, new);
        expected.assert_eq(&answer(&request(&[("orders.proto", &orders(SERVICE)), (FILE, &schema)])));
    }

    #[test]
    fn the_table_is_what_the_schema_declares() {
        let files = files_of_set(&set(&[(FILE, TEXT)])).expect("a set");
        let outlines = files.iter().map(|file| Outline::decode(file.as_slice()).expect("a file"));
        let schema = outlines.into_iter().find(|outline| outline.name == FILE).expect("the schema");
        let table = ITEMS.iter().map(|(name, shape)| ((*name).to_owned(), (*shape).to_owned()));
        assert_eq!(items(&schema), table.collect());
    }

    #[test]
    fn a_vendored_copy_is_fine() {
        check(
            "",
            "",
            expect![[r#"
            shop.v1.secure.rs
        "#]],
        );
    }

    #[test]
    fn an_unknown_field_is_newer() {
        check(
            "repeated string required_roles = 3;",
            "repeated string required_roles = 3; repeated string regions = 15;",
            expect![[r#"
                1 error in the schema
                secure/v1/options.proto: error[schema-mismatch]: the schema is newer than this protoc-gen-secure: it has `secure.v1.MethodRule.regions`
                  help: update protoc-gen-secure to the version that `secure/v1/options.proto` is from
            "#]],
        );
    }

    #[test]
    fn an_unknown_message_enum_or_extension_is_newer() {
        check(
            "message MethodRule {",
            "enum Region { ANY = 0; }
            message FileRules { message Nested {} }
            extend google.protobuf.FileOptions { FileRules file = 74117; }
            message MethodRule { enum Kind { NONE = 0; }",
            expect![[r#"
                1 error in the schema
                secure/v1/options.proto: error[schema-mismatch]: the schema is newer than this protoc-gen-secure: it has `secure.v1.ANY`, `secure.v1.FileRules`, `secure.v1.FileRules.Nested`, `secure.v1.MethodRule.Kind` and 3 more
                  help: update protoc-gen-secure to the version that `secure/v1/options.proto` is from
            "#]],
        );
    }

    #[test]
    fn a_missing_field_is_older() {
        check(
            "repeated string required_roles = 3;",
            "",
            expect![[r#"
                1 error in the schema
                secure/v1/options.proto: error[schema-mismatch]: the schema is older than this protoc-gen-secure: it lacks `secure.v1.MethodRule.required_roles`
                  help: delete your copy of `secure/v1/options.proto`: the build-script door needs none, and for protoc and buf `protoc-gen-secure print-proto DIR` writes it anew
            "#]],
        );
    }

    #[test]
    fn another_type_number_or_label_differs() {
        check(
            "optional bool authenticated = 2;",
            "optional string authenticated = 2;",
            expect![[r#"
                1 error in the schema
                secure/v1/options.proto: error[schema-mismatch]: the schema is not this protoc-gen-secure's: they differ in `secure.v1.MethodRule.authenticated`
                  help: delete your copy of `secure/v1/options.proto`: the build-script door needs none, and for protoc and buf `protoc-gen-secure print-proto DIR` writes it anew
            "#]],
        );
        check(
            "optional bool authenticated = 2;",
            "optional bool authenticated = 15;",
            expect![[r#"
                1 error in the schema
                secure/v1/options.proto: error[schema-mismatch]: the schema is not this protoc-gen-secure's: they differ in `secure.v1.MethodRule.authenticated`
                  help: delete your copy of `secure/v1/options.proto`: the build-script door needs none, and for protoc and buf `protoc-gen-secure print-proto DIR` writes it anew
            "#]],
        );
        check(
            "repeated string required_roles = 3;",
            "string required_roles = 3;",
            expect![[r#"
                1 error in the schema
                secure/v1/options.proto: error[schema-mismatch]: the schema is not this protoc-gen-secure's: they differ in `secure.v1.MethodRule.required_roles`
                  help: delete your copy of `secure/v1/options.proto`: the build-script door needs none, and for protoc and buf `protoc-gen-secure print-proto DIR` writes it anew
            "#]],
        );
        check(
            "MethodRule method = 74117;",
            "MethodRule method = 74118;",
            expect![[r#"
                1 error in the schema
                secure/v1/options.proto: error[schema-mismatch]: the schema is not this protoc-gen-secure's: they differ in `secure.v1.method`
                  help: delete your copy of `secure/v1/options.proto`: the build-script door needs none, and for protoc and buf `protoc-gen-secure print-proto DIR` writes it anew
            "#]],
        );
    }

    #[test]
    fn another_number_of_a_credential_differs() {
        let swapped =
            TEXT.replace("JWT = 1;", "JWT = 3;").replace("MTLS = 2;", "MTLS = 1;").replace("JWT = 3;", "JWT = 2;");
        check(
            TEXT,
            &swapped,
            expect![[r#"
            1 error in the schema
            secure/v1/options.proto: error[schema-mismatch]: the schema is not this protoc-gen-secure's: they differ in `secure.v1.CREDENTIAL_JWT`, `secure.v1.CREDENTIAL_MTLS`
              help: delete your copy of `secure/v1/options.proto`: the build-script door needs none, and for protoc and buf `protoc-gen-secure print-proto DIR` writes it anew
        "#]],
        );
    }

    #[test]
    fn an_extension_with_our_number_is_named() {
        let other = r#"syntax = "proto2"; package other; import "google/protobuf/descriptor.proto";
            message Scope { extend google.protobuf.MethodOptions { optional bool open = 74117; } }
            extend google.protobuf.ServiceOptions { optional bool closed = 74117; }"#;
        let text = r#"syntax = "proto3"; package shop.v1; import "other.proto"; message Order {}
            service Orders { rpc Get(Order) returns (Order) { option (other.Scope.open) = true; } }"#;
        expect![[r#"
            2 errors in the schema
            other.proto: error[number-taken]: `other.Scope.open` has the number 74117 of `(secure.v1.method)`
              help: give `other.Scope.open` another number; its options would be read as rules
            other.proto: error[number-taken]: `other.closed` has the number 74117 of `(secure.v1.service)`
              help: give `other.closed` another number; its options would be read as rules
        "#]]
        .assert_eq(&answer(&request(&[("orders.proto", text), ("other.proto", other)])));
    }

    #[test]
    fn our_number_is_taken_even_beside_our_schema() {
        let other = r#"syntax = "proto2"; import "google/protobuf/descriptor.proto";
            extend google.protobuf.MethodOptions { optional string note = 74117; }"#;
        expect![[r#"
            1 error in the schema
            other.proto: error[number-taken]: `note` has the number 74117 of `(secure.v1.method)`
              help: give `note` another number; its options would be read as rules
        "#]]
        .assert_eq(&answer(&request(&[("orders.proto", &orders(SERVICE)), ("other.proto", other)])));
    }

    #[test]
    fn a_rule_without_its_schema_is_refused() {
        let mut request = request(&[("orders.proto", &orders(SERVICE))]);
        request.files.retain(|file| Outline::decode(file.as_slice()).expect("a file").name != FILE);
        expect![[r#"
            1 error in the schema
            orders.proto:2:51: error[schema-mismatch]: the option is written in a schema that is not in the request: no file has the package `secure.v1`
              help: keep `secure/v1/options.proto` in the request; a set made by protoc needs `--include_imports`
        "#]].assert_eq(&answer(&request));
    }
}
