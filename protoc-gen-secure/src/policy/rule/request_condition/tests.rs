use expect_test::{Expect, expect};

use crate::testing::{answer, diagnose, request};

/// Checks `Orders.Get` of a request with fields of every form, and this in its braces.
#[track_caller]
fn check(options: &str, expected: Expect) {
    expected.assert_eq(&diagnose(&format!(
        "service Orders {{ rpc Get(GetOrder) returns (Order) {{\n{options}\n}} }}\n{MESSAGES}"
    )));
}

const MESSAGES: &str = r#"message GetOrder {
        string tenant_id = 1; Place place = 2; repeated string ids = 3; map<string, Place> places = 4;
        oneof key { string number = 5; Place where = 6; }
        bool open = 7; bytes raw = 8; double weight = 9; Kind kind = 10; optional sint64 owner = 11;
        enum Kind { KIND_UNSPECIFIED = 0; }
        message Place { fixed32 city = 1; Place inner = 2; }
    }"#;

#[test]
fn string_and_integer_fields_at_any_depth_are_accepted() {
    check(
        r#"option (secure.v1.method) = {
                authenticated: true
                tenant: { field: "place.inner.inner.city" claim: ["org", "city"] exempt_roles: ["support", "admin"] }
                owner: { field: "owner" }
            };"#,
        expect![[r#"
                shop.v1.secure.rs
            "#]],
    );
}

#[test]
fn rule_in_several_statements_is_merged() {
    check(
        r#"option (secure.v1.method).authenticated = true;
            option (secure.v1.method).tenant.field = "tenant_id";
            option (secure.v1.method).tenant.claim = "org";
            option (secure.v1.method).tenant.claim = "id";
            option (secure.v1.method).owner.field = "owner";"#,
        expect![[r#"
                shop.v1.secure.rs
            "#]],
    );
}

#[test]
fn misspelt_field_is_refused_with_the_nearest_name() {
    check(
        r#"option (secure.v1.method) = { authenticated: true, tenant: { field: "tenat_id" claim: "tenant" } };"#,
        expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[invalid-field]: `tenant` in the rule of `Orders.Get` names the field `"tenat_id"`, which does not exist: `shop.v1.GetOrder` has no `"tenat_id"`
                  help: did you mean `tenant_id`?
            "#]],
    );
}

#[test]
fn unknown_nested_field_names_a_neighbour_of_its_message() {
    check(
        r#"option (secure.v1.method) = { authenticated: true, owner: { field: "place.owner" } };"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-field]: `owner` in the rule of `Orders.Get` names the field `"place.owner"`, which does not exist: `shop.v1.GetOrder.Place` has no `"owner"`
              help: did you mean `inner`?
        "#]],
    );
}

#[test]
fn empty_field_name_is_refused() {
    check(
        r#"option (secure.v1.method) = { authenticated: true, owner: {} };"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-field]: `owner` in the rule of `Orders.Get` names the field `""`, which is empty
              help: write `field: "..."`; in a message, `field: "message.field"`
        "#]],
    );
}

#[test]
fn path_through_a_scalar_field_is_refused() {
    check(
        r#"option (secure.v1.method) = { authenticated: true, owner: { field: "tenant_id.id" } };"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-field]: `owner` in the rule of `Orders.Get` names the field `"tenant_id.id"`, which does not exist: `tenant_id` is not a message
              help: name a string or integer field that every request has exactly once
        "#]],
    );
}

#[test]
fn path_that_is_too_deep_is_refused() {
    let path = |depth| format!("{}city", "inner.".repeat(depth));
    let check = |depth, expected| {
        let field = format!("place.{}", path(depth));
        check(
            &format!("option (secure.v1.method) = {{ authenticated: true, owner: {{ field: {field:?} }} }};"),
            expected,
        );
    };
    check(
        30,
        expect![[r#"
            shop.v1.secure.rs
        "#]],
    );
    check(
        31,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-field]: `owner` in the rule of `Orders.Get` names the field `"place.inner.inner.inner.inner.inner.inner.inner.inner.inner.inne…"`, which is deeper than 32 messages
              help: use a field that is nested less deeply
        "#]],
    );
}

#[test]
fn fields_that_cannot_be_compared_are_refused() {
    for (field, expected) in [
        (
            "place",
            expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[invalid-field]: `owner` in the rule of `Orders.Get` names the field `"place"`, which cannot be compared: `place` is a message
                  help: name a string or integer field that every request has exactly once
            "#]],
        ),
        (
            "ids",
            expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[invalid-field]: `owner` in the rule of `Orders.Get` names the field `"ids"`, which cannot be compared: `ids` is a list or a map
                  help: name a string or integer field that every request has exactly once
            "#]],
        ),
        (
            "places",
            expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[invalid-field]: `owner` in the rule of `Orders.Get` names the field `"places"`, which cannot be compared: `places` is a list or a map
                  help: name a string or integer field that every request has exactly once
            "#]],
        ),
        (
            "places.value",
            expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[invalid-field]: `owner` in the rule of `Orders.Get` names the field `"places.value"`, which cannot be compared: `places` is a list or a map
                  help: name a string or integer field that every request has exactly once
            "#]],
        ),
        (
            "number",
            expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[invalid-field]: `owner` in the rule of `Orders.Get` names the field `"number"`, which cannot be compared: `number` is a member of a `oneof`, which may be unset
                  help: name a string or integer field that every request has exactly once
            "#]],
        ),
        (
            "where.city",
            expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[invalid-field]: `owner` in the rule of `Orders.Get` names the field `"where.city"`, which cannot be compared: `where` is a member of a `oneof`, which may be unset
                  help: name a string or integer field that every request has exactly once
            "#]],
        ),
        (
            "open",
            expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[invalid-field]: `owner` in the rule of `Orders.Get` names the field `"open"`, which cannot be compared: `open` is neither a string nor an integer
                  help: name a string or integer field that every request has exactly once
            "#]],
        ),
        (
            "raw",
            expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[invalid-field]: `owner` in the rule of `Orders.Get` names the field `"raw"`, which cannot be compared: `raw` is neither a string nor an integer
                  help: name a string or integer field that every request has exactly once
            "#]],
        ),
        (
            "weight",
            expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[invalid-field]: `owner` in the rule of `Orders.Get` names the field `"weight"`, which cannot be compared: `weight` is neither a string nor an integer
                  help: name a string or integer field that every request has exactly once
            "#]],
        ),
        (
            "kind",
            expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[invalid-field]: `owner` in the rule of `Orders.Get` names the field `"kind"`, which cannot be compared: `kind` is neither a string nor an integer
                  help: name a string or integer field that every request has exactly once
            "#]],
        ),
    ] {
        let rule = format!("{{ authenticated: true, owner: {{ field: {field:?} }} }}");
        check(&format!("option (secure.v1.method) = {rule};"), expected);
    }
}

#[test]
fn field_of_a_well_known_type_is_refused() {
    let text = r#"syntax = "proto3"; package shop.v1; import "secure/v1/options.proto";
            import "google/protobuf/wrappers.proto";
            message GetOrder { google.protobuf.StringValue tenant = 1; }
            service Orders {
                rpc Get(GetOrder) returns (GetOrder) {
                    option (secure.v1.method) = { authenticated: true, owner: { field: "tenant.value" } };
                }
                rpc Find(google.protobuf.StringValue) returns (GetOrder) {
                    option (secure.v1.method) = { authenticated: true, owner: { field: "value" } };
                }
            }"#;
    expect![[r#"
        2 errors in the schema
        orders.proto:6:21: error[invalid-field]: `owner` in the rule of `Orders.Get` names the field `"tenant.value"`, which is inside a message of `google.protobuf`
          help: use a field of a message of your own
        orders.proto:9:21: error[invalid-field]: `owner` in the rule of `Orders.Find` names the field `"value"`, which is inside a message of `google.protobuf`
          help: use a field of a message of your own
    "#]].assert_eq(&answer(&request(&[("orders.proto", text)])));
}

#[test]
fn tenant_without_a_claim_is_refused() {
    check(
        r#"option (secure.v1.method) = { authenticated: true, tenant: { field: "tenant_id" } };"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-claim]: `tenant` in the rule of `Orders.Get` names no claim
              help: write `claim: "..."`; for a member of an object, write the names that lead to it as a list
        "#]],
    );
}

#[test]
fn claim_with_an_empty_name_is_refused() {
    check(
        r#"option (secure.v1.method) = { authenticated: true, tenant: { field: "tenant_id" claim: ["org", ""] } };"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-claim]: `tenant` in the rule of `Orders.Get` has the claim name `""`, which is empty
              help: write `claim: "..."`; for a member of an object, write the names that lead to it as a list
        "#]],
    );
}

#[test]
fn claim_that_a_report_cannot_show_is_refused() {
    for (claim, problem) in [
        (r"tenant\n", "starts or ends with a blank"),
        (r"te\nnant", "contains an invisible character"),
        (r"te\033[8mnant", "contains an invisible character"),
        (r"te\u202enant", "contains an invisible character"),
    ] {
        let option = format!("authenticated: true, tenant: {{ field: \"tenant_id\" claim: [\"org\", \"{claim}\"] }}");
        let answer = diagnose(&format!(
            "service Orders {{ rpc Get(GetOrder) returns (Order) {{ option (secure.v1.method) = {{ {option} }}; }} }}\n{MESSAGES}"
        ));
        assert!(answer.contains("error[invalid-claim]") && answer.contains(problem), "{answer}");
    }
}

#[test]
fn invalid_exempt_role_is_refused() {
    check(
        r#"option (secure.v1.method) = { authenticated: true, owner: { field: "owner" exempt_roles: ["support", " admin"] } };"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-role]: the role `" admin"` in the rule of `Orders.Get` starts or ends with a blank
              help: a role is 1 to 256 bytes of visible text without blanks at its ends, and occurs in a rule once
        "#]],
    );
}

#[test]
fn suggestion_is_a_field_that_can_be_compared() {
    let help = |field: &str| {
        let rule = format!("option (secure.v1.method) = {{ authenticated: true, owner: {{ field: {field:?} }} }};");
        let answer = diagnose(&format!(
            "service Orders {{ rpc Get(GetOrder) returns (Order) {{ {rule} }} }}
            message GetOrder {{ bytes tenant_nam = 1; string tenant_name = 2; repeated string tenants = 3; }}"
        ));
        answer.lines().last().expect("a help").trim().to_owned()
    };
    assert_eq!(help("tenant_na"), "help: did you mean `tenant_name`?");
    for empty in ["", ".tenant_name", "tenant_name."] {
        assert_eq!(help(empty), r#"help: write `field: "..."`; in a message, `field: "message.field"`"#);
    }
}

#[test]
fn field_of_a_group_is_accepted() {
    let text = r#"syntax = "proto2"; package shop.v1; import "secure/v1/options.proto";
        message Order { optional group Place = 1 { optional string city = 1; } }
        service Orders { rpc Get(Order) returns (Order) {
            option (secure.v1.method) = { authenticated: true, owner: { field: "place.city" } };
        } }"#;
    assert_eq!(answer(&request(&[("orders.proto", text)])), "shop.v1.secure.rs\n");
}
