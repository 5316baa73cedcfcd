use expect_test::{Expect, expect};

use crate::testing::{answer, diagnose, orders, request};

const SCOPE: &str = r#"enum Scope {
  option (secure.v1.scopes) = {};
  SCOPE_UNSPECIFIED = 0;
  SCOPE_READ = 1 [(secure.v1.scope) = { name: "orders:read", description: "Reads orders." }];
  SCOPE_WRITE = 2 [(secure.v1.scope).name = "orders:write"];
}
"#;

/// What is said to a service whose method needs this scope, beside the vocabulary.
#[track_caller]
fn check_scope(scope: &str, expected: Expect) {
    let rule = format!("option (secure.v1.method) = {{ authenticated: true required_scopes: {scope:?} }};");
    expected.assert_eq(&diagnose(&format!("{SCOPE}service Orders {{ rpc Get(Order) returns (Order) {{ {rule} }} }}")));
}

/// What is said to a vocabulary of scopes.
#[track_caller]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&diagnose(text));
}

#[test]
fn scope_of_the_vocabulary_is_accepted() {
    check_scope(
        "orders:read",
        expect![[r#"
        shop.v1.secure.rs
    "#]],
    );
}

#[test]
fn scope_outside_the_vocabulary_is_refused_with_the_nearest_name() {
    check_scope(
        "orders:raed",
        expect![[r#"
        1 error in the schema
        orders.proto:8:51: error[unknown-scope]: the scope `"orders:raed"` in the rule of `Orders.Get` is not one of `shop.v1.Scope`
          help: did you mean `orders:read`?
    "#]],
    );
    check_scope(
        "billing",
        expect![[r#"
        1 error in the schema
        orders.proto:8:51: error[unknown-scope]: the scope `"billing"` in the rule of `Orders.Get` is not one of `shop.v1.Scope`
          help: its scopes are `orders:read`, `orders:write`
    "#]],
    );
}

#[test]
fn value_with_number_0_is_not_a_scope() {
    check_scope(
        "SCOPE_UNSPECIFIED",
        expect![[r#"
        1 error in the schema
        orders.proto:8:51: error[unknown-scope]: the scope `"SCOPE_UNSPECIFIED"` in the rule of `Orders.Get` is not one of `shop.v1.Scope`
          help: its scopes are `orders:read`, `orders:write`
    "#]],
    );
    check(
        "enum Scope { option (secure.v1.scopes) = {}; A = 0 [(secure.v1.scope).name = \"a\"]; B = 1; }",
        expect![[r#"
        1 error in the schema
        orders.proto:2:46: error[invalid-vocabulary]: `A` has the number 0, so it cannot be a scope: 0 is the value of an unset field
          help: give the scope another number, and use 0 for `..._UNSPECIFIED`
    "#]],
    );
}

#[test]
fn enum_that_is_not_a_vocabulary_is_refused() {
    check(
        "enum Scope { A = 0; B = 1 [(secure.v1.scope).name = \"b\"]; }",
        expect![[r#"
        1 error in the schema
        orders.proto:2:1: error[invalid-vocabulary]: `shop.v1.Scope` has scopes, but is not marked as a vocabulary
          help: add `option (secure.v1.scopes) = {};` to the enum
    "#]],
    );
    check(
        "enum Scope { option (secure.v1.scopes) = {}; A = 0; }",
        expect![[r#"
        1 error in the schema
        orders.proto:2:1: error[invalid-vocabulary]: `shop.v1.Scope` is marked as a vocabulary, but has no scope
          help: add a value with a number other than 0
    "#]],
    );
    check(
        "enum Scope { option (secure.v1.scopes) = {}; A = 0; B = 1; C = 2 [(secure.v1.scope).name = \"B\"]; }",
        expect![[r#"
            1 error in the schema
            orders.proto:2:60: error[invalid-vocabulary]: two values of `shop.v1.Scope` are the scope `B`
              help: keep one of them
        "#]],
    );
    check(
        "enum Scope { option (secure.v1.scopes) = {}; A = 0; B = 1 [(secure.v1.scope).name = \"b c\"]; }",
        expect![[r#"
        1 error in the schema
        orders.proto:2:53: error[invalid-scope]: `B` is the scope "b c", which no token can have
          help: a scope is 1 to 256 ASCII characters without blank, quote and backslash (RFC 6749, section 3.3)
    "#]],
    );
    check(
        "enum Both { option (secure.v1.scopes) = {}; option (secure.v1.roles) = {}; A = 0; B = 1; }",
        expect![[r#"
        1 error in the schema
        orders.proto:2:1: error[invalid-vocabulary]: `shop.v1.Both` has roles and scopes
          help: make one enum for each
    "#]],
    );
    check(
        "enum One { option (secure.v1.scopes) = {}; A = 0; B = 1; } enum Two { option (secure.v1.scopes) = {}; C = 0; D = 1; }",
        expect![[r#"
            1 error in the schema
            orders.proto:2:60: error[invalid-vocabulary]: `shop.v1.One` and `shop.v1.Two` are both vocabularies of the package `shop.v1`
              help: merge them, or move one to a package of its own
        "#]],
    );
}

#[test]
fn description_that_is_not_one_visible_line_is_refused() {
    check(
        "enum Scope { option (secure.v1.scopes) = {}; A = 0; B = 1 [(secure.v1.scope).description = \" b\"]; }",
        expect![[r#"
            1 error in the schema
            orders.proto:2:53: error[invalid-text]: the description of `B` starts or ends with a blank
              help: write 1 to 500 bytes of visible text on one line
        "#]],
    );
}

#[test]
fn unmarked_or_missing_vocabulary_is_refused() {
    let service = |name: &str| {
        format!("enum Kind {{ KIND = 0; }} service Orders {{ option (secure.v1.service).scopes = {name:?}; }}\n{SCOPE}")
    };
    check(
        &service("shop.v1.Kind"),
        expect![[r#"
        1 error in the schema
        orders.proto:2:42: error[unknown-vocabulary]: `shop.v1.Kind`, which `Orders` takes its scopes from, is not marked as a vocabulary
          help: add `option (secure.v1.scopes) = {};` to the enum
    "#]],
    );
    check(
        &service("shop.v1.Scopes"),
        expect![[r#"
        1 error in the schema
        orders.proto:2:42: error[unknown-vocabulary]: `shop.v1.Scopes`, which `Orders` takes its scopes from, is not in an imported file
          help: did you mean `shop.v1.Scope`?
    "#]],
    );
}

#[test]
fn imported_vocabulary_of_scopes_must_be_named() {
    let scopes = format!("syntax = \"proto3\"; package scope.v1; import \"secure/v1/options.proto\"; {SCOPE}");
    let service = |option: &str| {
        let rule = "option (secure.v1.method) = { authenticated: true required_scopes: \"orders:read\" };";
        let service = format!("service Orders {{ {option} rpc Get(Order) returns (Order) {{ {rule} }} }}");
        orders(&format!("import \"scope.proto\"; {service}"))
    };
    let answer = |option: &str| answer(&request(&[("scope.proto", &scopes), ("orders.proto", &service(option))]));
    expect![[r#"
        1 error in the schema
        orders.proto:2:23: error[unknown-vocabulary]: `Orders` uses scopes, but does not name `scope.v1.Scope`, the vocabulary of its package or its imports
          help: add `import "scope.proto";` and `option (secure.v1.service).scopes = "scope.v1.Scope";` if they are missing
    "#]].assert_eq(&answer(""));
    expect![[r#"
        shop.v1.secure.rs
    "#]]
    .assert_eq(&answer("option (secure.v1.service).scopes = \"scope.v1.Scope\";"));
}
