use expect_test::{Expect, expect};
use prost::Message as _;

use super::Outline;
use crate::schema::{FILE, TEXT};
use crate::testing::{answer, orders, request};

const SERVICE: &str = "service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }";

/// Checks a service whose schema has `new` for `old`.
#[track_caller]
fn check(old: &str, new: &str, expected: Expect) {
    assert!(TEXT.contains(old));
    let schema = TEXT.replace(old, new);
    expected.assert_eq(&answer(&request(&[("orders.proto", &orders(SERVICE)), (FILE, &schema)])));
}

#[test]
fn identical_copy_of_the_schema_is_accepted() {
    check(
        "",
        "",
        expect![[r#"
            orders.proto:2:51: warning[missing-public-reason]: `Orders.Get` is public without a reason
              help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
            shop.v1.secure.rs
        "#]],
    );
}

#[test]
fn schema_with_an_unknown_field_is_reported_as_newer() {
    check(
        "repeated string required_roles = 3;",
        "repeated string required_roles = 3; repeated string regions = 99;",
        expect![[r#"
                1 error in the schema
                secure/v1/options.proto: error[schema-mismatch]: the schema is newer than this protoc-gen-secure: it has `secure.v1.MethodRule.regions`
                  help: update protoc-gen-secure to the version that `secure/v1/options.proto` is from
            "#]],
    );
}

#[test]
fn schema_with_an_unknown_type_is_reported_as_newer() {
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
fn schema_without_a_field_is_reported_as_older() {
    check(
        "repeated string required_roles = 3;",
        "",
        expect![[r#"
            1 error in the schema
            secure/v1/options.proto: error[schema-mismatch]: the schema is older than this protoc-gen-secure: it lacks `secure.v1.MethodRule.required_roles`
              help: delete your copy of `secure/v1/options.proto`: build scripts need none, and for protoc and buf `protoc-gen-secure print-proto DIR` writes it again
        "#]],
    );
}

#[test]
fn field_with_another_type_number_or_label_is_refused() {
    check(
        "optional bool authenticated = 2;",
        "optional string authenticated = 2;",
        expect![[r#"
            1 error in the schema
            secure/v1/options.proto: error[schema-mismatch]: the schema is not the one of this protoc-gen-secure: they differ in `secure.v1.MethodRule.authenticated`
              help: delete your copy of `secure/v1/options.proto`: build scripts need none, and for protoc and buf `protoc-gen-secure print-proto DIR` writes it again
        "#]],
    );
    check(
        "optional bool authenticated = 2;",
        "optional bool authenticated = 99;",
        expect![[r#"
            1 error in the schema
            secure/v1/options.proto: error[schema-mismatch]: the schema is not the one of this protoc-gen-secure: they differ in `secure.v1.MethodRule.authenticated`
              help: delete your copy of `secure/v1/options.proto`: build scripts need none, and for protoc and buf `protoc-gen-secure print-proto DIR` writes it again
        "#]],
    );
    check(
        "repeated string required_roles = 3;",
        "string required_roles = 3;",
        expect![[r#"
            1 error in the schema
            secure/v1/options.proto: error[schema-mismatch]: the schema is not the one of this protoc-gen-secure: they differ in `secure.v1.MethodRule.required_roles`
              help: delete your copy of `secure/v1/options.proto`: build scripts need none, and for protoc and buf `protoc-gen-secure print-proto DIR` writes it again
        "#]],
    );
    check(
        "MethodRule method = 74117;",
        "MethodRule method = 74118;",
        expect![[r#"
            1 error in the schema
            secure/v1/options.proto: error[schema-mismatch]: the schema is not the one of this protoc-gen-secure: they differ in `secure.v1.method`
              help: delete your copy of `secure/v1/options.proto`: build scripts need none, and for protoc and buf `protoc-gen-secure print-proto DIR` writes it again
        "#]],
    );
}

#[test]
fn credential_with_another_number_is_refused() {
    let swapped = TEXT.replace("CREDENTIAL_JWT = 1;", "CREDENTIAL_JWT = 9;");
    let swapped = swapped.replace("MTLS = 2;", "MTLS = 1;").replace("CREDENTIAL_JWT = 9;", "CREDENTIAL_JWT = 2;");
    check(
        TEXT,
        &swapped,
        expect![[r#"
            1 error in the schema
            secure/v1/options.proto: error[schema-mismatch]: the schema is not the one of this protoc-gen-secure: they differ in `secure.v1.CREDENTIAL_JWT`, `secure.v1.CREDENTIAL_MTLS`
              help: delete your copy of `secure/v1/options.proto`: build scripts need none, and for protoc and buf `protoc-gen-secure print-proto DIR` writes it again
        "#]],
    );
}

#[test]
fn foreign_extension_with_our_number_is_refused() {
    let other = r#"syntax = "proto2"; package other; import "google/protobuf/descriptor.proto";
            message Scope { extend google.protobuf.MethodOptions { optional bool open = 74117; } }
            extend google.protobuf.ServiceOptions { optional bool closed = 74117; }"#;
    let text = r#"syntax = "proto3"; package shop.v1; import "other.proto"; message Order {}
            service Orders { rpc Get(Order) returns (Order) { option (other.Scope.open) = true; } }"#;
    expect![[r#"
        2 errors in the schema
        other.proto: error[number-taken]: `other.Scope.open` uses the number 74117 of `(secure.v1.method)`
          help: give `other.Scope.open` another number; its options would be read as rules
        other.proto: error[number-taken]: `other.closed` uses the number 74117 of `(secure.v1.service)`
          help: give `other.closed` another number; its options would be read as rules
    "#]]
    .assert_eq(&answer(&request(&[("orders.proto", text), ("other.proto", other)])));
}

#[test]
fn foreign_extension_with_our_number_is_refused_beside_our_schema() {
    let other = r#"syntax = "proto2"; import "google/protobuf/descriptor.proto";
            extend google.protobuf.MethodOptions { optional string note = 74117; }"#;
    expect![[r#"
        1 error in the schema
        other.proto: error[number-taken]: `note` uses the number 74117 of `(secure.v1.method)`
          help: give `note` another number; its options would be read as rules
    "#]]
    .assert_eq(&answer(&request(&[("orders.proto", &orders(SERVICE)), ("other.proto", other)])));
}

#[test]
fn a_rule_without_its_schema_is_refused() {
    let mut request = request(&[("orders.proto", &orders(SERVICE))]);
    request.descriptors.files.retain(|file| Outline::decode(file.as_slice()).expect("a file").name != FILE);
    expect![[r#"
        1 error in the schema
        orders.proto:2:51: error[schema-mismatch]: the option cannot be checked, because no file of the request has the package `secure.v1`
          help: keep `secure/v1/options.proto` in the request; a set made by protoc needs `--include_imports`
    "#]].assert_eq(&answer(&request));
}
