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
fn strings_and_integers_are_compared_however_deep() {
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
fn a_rule_may_be_written_piece_by_piece() {
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
fn a_misspelt_field_names_the_nearest() {
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
fn a_field_in_a_message_is_looked_for_there() {
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
fn no_field_is_no_check() {
    check(
        r#"option (secure.v1.method) = { authenticated: true, owner: {} };"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-field]: `owner` in the rule of `Orders.Get` names the field `""`, which does not exist: `shop.v1.GetOrder` has no `""`
              help: name a string or integer field; in a message, `message.field`
        "#]],
    );
}

#[test]
fn what_is_inside_no_message_does_not_exist() {
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
fn a_path_has_an_end() {
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
fn a_message_of_google_is_another_in_rust() {
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
fn a_tenant_has_a_claim() {
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
fn a_claim_has_a_name() {
    check(
        r#"option (secure.v1.method) = { authenticated: true, tenant: { field: "tenant_id" claim: ["org", ""] } };"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-claim]: `tenant` in the rule of `Orders.Get` names no claim
              help: write `claim: "..."`; for a member of an object, write the names that lead to it as a list
        "#]],
    );
}

#[test]
fn an_exempt_role_is_a_role() {
    check(
        r#"option (secure.v1.method) = { authenticated: true, owner: { field: "owner" exempt_roles: ["support", " admin"] } };"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-role]: the role `" admin"` in the rule of `Orders.Get` starts or ends with a blank
              help: a role is 1 to 256 bytes of visible text without blanks at its ends, and occurs in a rule once
        "#]],
    );
}
