use expect_test::{Expect, expect};

use crate::testing::diagnose;

/// Checks `Orders.Get` with this in its braces.
#[track_caller]
fn check(options: &str, expected: Expect) {
    expected.assert_eq(&diagnose(&format!("service Orders {{ rpc Get(Order) returns (Order) {{\n{options}\n}} }}")));
}

#[test]
fn empty_rule_is_refused() {
    check(
        "option (secure.v1.method) = {};",
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[empty-rule]: the rule of `Orders.Get` is empty
              help: write `required_roles: ["..."]`, `authenticated: true`, `public: true` or `denied: true`; an empty list of roles is not a rule
        "#]],
    );
}

#[test]
fn empty_list_of_roles_is_refused() {
    check(
        "option (secure.v1.method) = { required_roles: [] };",
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[empty-rule]: the rule of `Orders.Get` is empty
              help: write `required_roles: ["..."]`, `authenticated: true`, `public: true` or `denied: true`; an empty list of roles is not a rule
        "#]],
    );
}

#[test]
fn public_false_is_refused() {
    check(
        "option (secure.v1.method).public = false;",
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[false-rule]: the rule of `Orders.Get` has `public: false`, which does not say who may call
              help: delete `public: false`, and write `required_roles: ["..."]`, `authenticated: true`, `public: true` or `denied: true`
        "#]],
    );
}

#[test]
fn authenticated_false_beside_public_is_refused() {
    check(
        "option (secure.v1.method) = { authenticated: false, public: true };",
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[false-rule]: the rule of `Orders.Get` has `authenticated: false`, which does not say who may call
              help: delete `authenticated: false`, and write `required_roles: ["..."]`, `authenticated: true`, `public: true` or `denied: true`
        "#]],
    );
}

#[test]
fn public_with_roles_is_refused() {
    check(
        r#"option (secure.v1.method) = { public: true, required_roles: ["admin"] };"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[contradictory-rule]: the rule of `Orders.Get` has `public` and `required_roles`, which contradict each other
              help: keep one: `public` or `required_roles`
        "#]],
    );
}

#[test]
fn ignored_credentials_without_public_are_refused() {
    check(
        "option (secure.v1.method) = { public: true, ignore_credentials: true };",
        expect![[r#"
            orders.proto:3:1: warning[missing-public-reason]: `Orders.Get` is public without a reason
              help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
            shop.v1.secure.rs
        "#]],
    );
    for rule in ["ignore_credentials: true", "authenticated: true, ignore_credentials: true"] {
        let found = diagnose(&format!(
            "service Orders {{ rpc Get(Order) returns (Order) {{ option (secure.v1.method) = {{ {rule} }}; }} }}"
        ));
        assert!(found.contains("public: true"), "{found}");
    }
    check(
        r#"option (secure.v1.method) = { required_roles: "clerk", ignore_credentials: true };"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[contradictory-rule]: the rule of `Orders.Get` has `required_roles` and `ignore_credentials`, which goes with `public` only
              help: delete `ignore_credentials: true`, or write `public: true` instead of `required_roles`
        "#]],
    );
    check(
        "option (secure.v1.method) = { ignore_credentials: true };",
        expect![[r#"
        1 error in the schema
        orders.proto:3:1: error[empty-rule]: the rule of `Orders.Get` has `ignore_credentials`, but does not say who may call
          help: add `public: true`
    "#]],
    );
    check(
        "option (secure.v1.method) = { public: true, ignore_credentials: true, peers: \"cart.internal\" };",
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[contradictory-rule]: the rule of `Orders.Get` has `public`, so `peers` can have no effect
              help: delete `peers`, or write `authenticated: true` instead of `public`
        "#]],
    );
}

#[test]
fn contradicting_statements_are_refused() {
    check(
        r#"option (secure.v1.method).public = true;
            option (secure.v1.method).authenticated = true;
            option (secure.v1.method).required_roles = "admin";"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[contradictory-rule]: the rule of `Orders.Get` has `public` and `authenticated` and `required_roles`, which contradict each other
              help: keep one: `public` or `authenticated` or `required_roles`
        "#]],
    );
}

#[test]
fn roles_in_several_statements_are_one_list() {
    check(
        r#"option (secure.v1.method).required_roles = "admin";
            option (secure.v1.method).required_roles = "clerk";"#,
        expect![[r#"
                shop.v1.secure.rs
            "#]],
    );
}

#[test]
fn every_invalid_role_is_refused() {
    check(
        r#"option (secure.v1.method) = {
                required_roles: ["", " admin", "clerk\n", "a\tb", "adm\342\200\213in", "reader", "reader", "writer "]
            };"#,
        expect![[r#"
            7 errors in the schema
            orders.proto:3:1: error[invalid-role]: the role `" admin"` in the rule of `Orders.Get` starts or ends with a blank
              help: a role is 1 to 256 bytes of visible text without blanks at its ends, and occurs in a rule once
            orders.proto:3:1: error[invalid-role]: the role `""` in the rule of `Orders.Get` is empty
              help: a role is 1 to 256 bytes of visible text without blanks at its ends, and occurs in a rule once
            orders.proto:3:1: error[invalid-role]: the role `"a\tb"` in the rule of `Orders.Get` contains an invisible character
              help: a role is 1 to 256 bytes of visible text without blanks at its ends, and occurs in a rule once
            orders.proto:3:1: error[invalid-role]: the role `"adm\u{200b}in"` in the rule of `Orders.Get` contains an invisible character
              help: a role is 1 to 256 bytes of visible text without blanks at its ends, and occurs in a rule once
            orders.proto:3:1: error[invalid-role]: the role `"clerk\n"` in the rule of `Orders.Get` starts or ends with a blank
              help: a role is 1 to 256 bytes of visible text without blanks at its ends, and occurs in a rule once
            orders.proto:3:1: error[invalid-role]: the role `"reader"` in the rule of `Orders.Get` is given twice
              help: a role is 1 to 256 bytes of visible text without blanks at its ends, and occurs in a rule once
            orders.proto:3:1: error[invalid-role]: the role `"writer "` in the rule of `Orders.Get` starts or ends with a blank
              help: a role is 1 to 256 bytes of visible text without blanks at its ends, and occurs in a rule once
        "#]],
    );
}

#[test]
fn a_role_of_257_bytes_is_too_long() {
    let role = |length| format!("option (secure.v1.method).required_roles = \"{}\";", "r".repeat(length));
    check(
        &role(256),
        expect![[r#"
            shop.v1.secure.rs
        "#]],
    );
    check(
        &role(257),
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-role]: the role `"rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr…"` in the rule of `Orders.Get` is longer than 256 bytes
              help: a role is 1 to 256 bytes of visible text without blanks at its ends, and occurs in a rule once
        "#]],
    );
}

#[test]
fn role_without_a_letter_is_refused() {
    check(
        r#"option (secure.v1.method).required_roles = "***";"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-name]: the role `"***"` has no Rust name
              help: give it an ASCII letter or digit, or a `rust_name` in a vocabulary
        "#]],
    );
}

#[test]
fn public_with_conditions_is_refused() {
    check(
        r#"option (secure.v1.method) = { public: true, required_scopes: "x", peers: "cart.internal" };"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[contradictory-rule]: the rule of `Orders.Get` has `public`, so `required_scopes` and `peers` can have no effect
              help: delete `required_scopes` and `peers`, or write `authenticated: true` instead of `public`
        "#]],
    );
}

#[test]
fn denied_with_conditions_is_refused() {
    check(
        r#"option (secure.v1.method) = { denied: true, required_credentials: CREDENTIAL_JWT };"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[contradictory-rule]: the rule of `Orders.Get` has `denied`, so `required_credentials` can have no effect
              help: delete `required_credentials`, or write `authenticated: true` instead of `denied`
        "#]],
    );
}

#[test]
fn conditions_without_access_are_refused() {
    check(
        r#"option (secure.v1.method) = { required_scopes: "orders:read", tenant: { field: "x" claim: "y" } };"#,
        expect![[r#"
            2 errors in the schema
            orders.proto:3:1: error[empty-rule]: the rule of `Orders.Get` has `required_scopes` and `tenant`, but does not say who may call
              help: add `authenticated: true` or `required_roles: ["..."]`
            orders.proto:3:1: error[invalid-field]: `tenant` in the rule of `Orders.Get` names the field `"x"`, which does not exist: `shop.v1.Order` has no `"x"`
              help: name a string or integer field; in a message, `message.field`
        "#]],
    );
}

#[test]
fn denied_with_roles_is_refused() {
    check(
        r#"option (secure.v1.method) = { denied: true, required_roles: "admin" };"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[contradictory-rule]: the rule of `Orders.Get` has `required_roles` and `denied`, which contradict each other
              help: keep one: `required_roles` or `denied`
        "#]],
    );
}

#[test]
fn denied_alone_is_a_complete_rule() {
    check(
        "option (secure.v1.method).denied = true;",
        expect![[r#"
            shop.v1.secure.rs
        "#]],
    );
}

#[test]
fn denied_false_is_refused() {
    check(
        "option (secure.v1.method).denied = false;",
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[false-rule]: the rule of `Orders.Get` has `denied: false`, which does not say who may call
              help: delete `denied: false`, and write `required_roles: ["..."]`, `authenticated: true`, `public: true` or `denied: true`
        "#]],
    );
}

#[test]
fn public_reason_without_public_is_refused() {
    check(
        r#"option (secure.v1.method) = { authenticated: true, public_reason: "Why." };"#,
        expect![[r#"
        1 error in the schema
        orders.proto:3:1: error[contradictory-rule]: the rule of `Orders.Get` has `public_reason`, but not `public`
          help: delete `public_reason`; write `description` to say what the rule is for
    "#]],
    );
    check(
        r#"option (secure.v1.method).public_reason = "Why.";"#,
        expect![[r#"
        1 error in the schema
        orders.proto:3:1: error[empty-rule]: the rule of `Orders.Get` has `public_reason`, but does not say who may call
          help: add `authenticated: true` or `required_roles: ["..."]`
    "#]],
    );
}

#[test]
fn text_for_reviewers_that_is_not_one_visible_line_is_refused() {
    check(
        "option (secure.v1.method) = { denied: true, description: \"Two\\nlines.\" };",
        expect![[r#"
        1 error in the schema
        orders.proto:3:1: error[invalid-text]: `description` in the rule of `Orders.Get` contains a line break or an invisible character
          help: write 1 to 500 bytes of visible text on one line
    "#]],
    );
    check(
        &format!("option (secure.v1.method) = {{ denied: true, description: \"{}\" }};", "x".repeat(501)),
        expect![[r#"
        1 error in the schema
        orders.proto:3:1: error[invalid-text]: `description` in the rule of `Orders.Get` is longer than 500 bytes
          help: write 1 to 500 bytes of visible text on one line
    "#]],
    );
    check(
        "option (secure.v1.method) = { public: true, public_reason: \" Why.\" };",
        expect![[r#"
        1 error in the schema
        orders.proto:3:1: error[invalid-text]: `public_reason` in the rule of `Orders.Get` starts or ends with a blank
          help: write 1 to 500 bytes of visible text on one line
    "#]],
    );
    check(
        &format!("option (secure.v1.method) = {{ denied: true, description: \"{}\" }};", "x".repeat(500)),
        expect![[r#"
        shop.v1.secure.rs
    "#]],
    );
}
