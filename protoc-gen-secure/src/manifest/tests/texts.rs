//! No text of a schema brings a character that nobody sees into a manifest.

use protox::prost_reflect::{Kind, MessageDescriptor};

use crate::manifest::Manifest;
use crate::schema;
use crate::testing::{orders, request};

/// For each string field in a message, the text that sets it.
fn settings(message: &MessageDescriptor) -> Vec<String> {
    let of_field = |name: &str, kind: Kind| match kind {
        Kind::String => vec![format!(r#"{name}: "a\033b""#)],
        Kind::Message(inner) => settings(&inner).iter().map(|inner| format!("{name}: {{ {inner} }}")).collect(),
        _ => Vec::new(),
    };
    message.fields().flat_map(|field| of_field(field.name(), field.kind())).collect()
}

/// A schema with an option that has this setting.
fn schema_with(option: &str, setting: &str) -> String {
    let option = |name: &str, setting: &str| match name == option {
        true => format!("(secure.v1.{name}) = {{ {setting} }}"),
        false => format!("(secure.v1.{name}) = {{}}"),
    };
    let access = if setting.contains("public_reason") { "public: true" } else { "authenticated: true" };
    let setting = &setting
        .replace("default: {", &format!("default: {{ {access}"))
        .replace("tenant: { field", "tenant: { claim: \"org\" field");
    let default = if setting.starts_with("default") { "" } else { "default: { authenticated: true }" };
    orders(&format!(
        "service Orders {{ option {}; rpc Get(Order) returns (Order) {{ option {}; }} rpc Find(Order) returns (Order); }}
        enum Role {{ option {}; NO_ROLE = 0; ROLE = 1 [{}]; }} enum Scope {{ option {}; NO_SCOPE = 0; SCOPE = 1 [{}]; }}",
        option("service", &format!("{default} {setting}")),
        option("method", &format!("{access} {setting}")).replace("= {}", "= { public: true }"),
        option("roles", setting),
        option("role", setting).replace("= {}", "= { name: \"role\" }"),
        option("scopes", setting),
        option("scope", setting).replace("= {}", "= { name: \"scope\" }"),
    ))
    .replace("(secure.v1.service) = {}", "(secure.v1.service) = { default: { authenticated: true } }")
}

#[test]
fn invisible_character_is_refused_in_every_string_field_of_the_schema() {
    let mut fields = 0;
    for extension in schema::descriptor().extensions() {
        let Kind::Message(message) = extension.kind() else { continue };
        for setting in settings(&message) {
            fields += 1;
            let error = match crate::generate(&request(&[("orders.proto", &schema_with(extension.name(), &setting))])) {
                Err(error) => error.to_string(),
                Ok(_) => panic!("{}: {setting} generates", extension.name()),
            };
            let is_named = [r"a\u{1b}b", "invisible character", "has no Rust name"].iter().any(|it| error.contains(it));
            assert!(is_named, "{}: {setting}: {error}", extension.name());
            assert!(!error.contains('\u{1b}'), "{}: {setting}: {error}", extension.name());
        }
    }
    assert!(fields > 20, "{fields} fields");
}

#[test]
fn manifest_with_every_visible_letter_is_read_back() {
    let rule = r#"authenticated: true, tenant: { field: "tenant", claim: ["té \"a\\b", "https://a/%"] }, description: "ünïcode 漢字 🦀""#;
    let text = format!(
        r#"syntax = "proto3"; package shop.v1; import "secure/v1/options.proto"; message Order {{ string tenant = 1; }}
        service Orders {{ rpc Get(Order) returns (Order) {{ option (secure.v1.method) = {{ {rule} }}; }} }}"#
    );
    let manifest = crate::generate(&request(&[("orders.proto", &text)])).expect("files").manifest;
    assert_eq!(Manifest::parse(manifest.to_text().as_bytes()).expect("a manifest"), manifest);
}
