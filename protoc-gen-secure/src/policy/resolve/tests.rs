use expect_test::{Expect, expect};

use crate::testing::{answer, diagnose, orders, request, request_of_set, set, through_prost_types};

#[track_caller]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&diagnose(text));
}

#[test]
fn a_method_without_a_rule_is_refused() {
    check(
        "service Orders {
                rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; }
                rpc Delete(Order) returns (Order);
            }",
        expect![[r#"
                1 error in the schema
                orders.proto:4:17: error[missing-rule]: `Orders.Delete` has no rule
                  help: add `option (secure.v1.method) = { required_roles: ["..."] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`
            "#]],
    );
}

#[test]
fn every_method_without_a_rule_is_reported_at_once() {
    let carts = r#"syntax = "proto3"; package shop.v1;
            message Cart {}
            service Carts { rpc Get(Cart) returns (Cart); }"#;
    let text = orders(
        "service Orders {
                rpc Get(Order) returns (Order);
                rpc Put(Order) returns (Order) { option deprecated = true; }
            }
            service Admin { rpc Purge(Order) returns (Order); }",
    );
    expect![[r#"
            6 errors in the schema
            carts.proto: error[options-missing]: not one method of the file has a rule, and `secure/v1/options.proto` is not imported
              help: if both are written there, `exclude_types` in buf.gen.yaml removed them
            carts.proto:3:29: error[missing-rule]: `Carts.Get` has no rule
              help: add `import "secure/v1/options.proto";` to the file and `option (secure.v1.method) = { required_roles: ["..."] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`
            orders.proto: error[options-missing]: the file imports `secure/v1/options.proto`, but not one of its methods has a rule
              help: if rules are written there, something removed them: `exclude_types` in buf.gen.yaml, or prost-types (use protox's `encode_file_descriptor_set()`)
            orders.proto:3:17: error[missing-rule]: `Orders.Get` has no rule
              help: add `option (secure.v1.method) = { required_roles: ["..."] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`
            orders.proto:4:17: error[missing-rule]: `Orders.Put` has no rule
              help: add `option (secure.v1.method) = { required_roles: ["..."] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`
            orders.proto:6:29: error[missing-rule]: `Admin.Purge` has no rule
              help: add `option (secure.v1.method) = { required_roles: ["..."] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`
        "#]].assert_eq(&answer(&request(&[("orders.proto", &text), ("carts.proto", carts)])));
}

#[test]
fn a_rule_on_every_method_generates() {
    check(
        r#"service Orders {
                rpc Get(Order) returns (Order) { option (secure.v1.method) = { required_roles: ["orders:read", "admin"] }; }
                rpc Ping(Order) returns (Order) { option (secure.v1.method).public = true; }
                rpc WhoAmI(Order) returns (Order) { option (secure.v1.method).authenticated = true; }
            }"#,
        expect![[r#"
            orders.proto:4:51: warning[missing-public-reason]: `Orders.Ping` is public without a reason
              help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
            shop.v1.secure.rs
        "#]],
    );
}

#[test]
fn file_without_services_generates_nothing() {
    check("message Cart {}", expect![]);
    expect![].assert_eq(&answer(&request(&[("secure/v1/options.proto", crate::schema::TEXT)])));
}

#[test]
fn rules_dropped_by_prost_types_are_reported() {
    let text = orders("service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }");
    let stripped = through_prost_types(&set(&[("orders.proto", &text)]));
    expect![[r#"
            2 errors in the schema
            orders.proto: error[options-missing]: the file imports `secure/v1/options.proto`, but not one of its methods has a rule
              help: if rules are written there, something removed them: `exclude_types` in buf.gen.yaml, or prost-types (use protox's `encode_file_descriptor_set()`)
            orders.proto:2:18: error[missing-rule]: `Orders.Get` has no rule
              help: add `option (secure.v1.method) = { required_roles: ["..."] };` to the method; other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`
        "#]].assert_eq(&answer(&request_of_set(&stripped, vec!["orders.proto".to_owned()])));
}

#[test]
fn source_without_rules_lost_no_option() {
    let mut request = request(&[("orders.proto", &orders("service Orders { rpc Get(Order) returns (Order); }"))]);
    assert!(answer(&request).contains("options-missing"));
    request.descriptors.is_from_source = true;
    let answer = answer(&request);
    assert!(!answer.contains("options-missing") && answer.contains("missing-rule"), "{answer}");
}

#[test]
fn a_name_without_a_letter_is_refused() {
    check(
        "service Orders { rpc _(Order) returns (Order) { option (secure.v1.method).public = true; } }
            service __ { rpc Get(_) returns (Order) { option (secure.v1.method).public = true; } }
            message _ {}",
        expect![[r#"
                3 errors in the schema
                orders.proto:2:18: error[invalid-name]: `_` has no Rust name
                  help: give it a letter or a digit
                orders.proto:3:13: error[invalid-name]: `__` has no Rust name
                  help: give it a letter or a digit
                orders.proto:3:26: error[invalid-name]: the message `shop.v1._` has no Rust name
                  help: give it a letter or a digit
            "#]],
    );
}

#[test]
fn a_package_without_a_letter_is_refused() {
    let text = r#"syntax = "proto3"; package shop._; import "secure/v1/options.proto"; message Order {}
            service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }"#;
    expect![[r#"
            1 error in the schema
            orders.proto: error[invalid-name]: the package segment `_` has no Rust name
              help: give it a letter or a digit
        "#]]
    .assert_eq(&answer(&request(&[("orders.proto", text)])));
}

#[test]
fn names_that_are_keywords_or_digits_generate() {
    let text = r#"syntax = "proto3"; package google.type; import "secure/v1/options.proto";
            message Self { message crate {} }
            service match {
                rpc Move(Self) returns (Self.crate) { option (secure.v1.method).public = true; }
                rpc Self(Self) returns (Self) { option (secure.v1.method).public = true; }
                rpc New(Self) returns (Self) { option (secure.v1.method).public = true; }
                rpc _1(Self) returns (Self) { option (secure.v1.method).public = true; }
            }"#;
    expect![[r#"
        type.proto:4:55: warning[missing-public-reason]: `match.Move` is public without a reason
          help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
        type.proto:5:49: warning[missing-public-reason]: `match.Self` is public without a reason
          help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
        type.proto:6:48: warning[missing-public-reason]: `match.New` is public without a reason
          help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
        type.proto:7:47: warning[missing-public-reason]: `match._1` is public without a reason
          help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
        google.r#type.secure.rs
    "#]]
    .assert_eq(&answer(&request(&[("type.proto", text)])));
}

#[test]
fn default_applies_to_methods_without_a_rule() {
    check(
        "service Orders {
                option (secure.v1.service).default.authenticated = true;
                rpc Get(Order) returns (Order);
                rpc Ping(Order) returns (Order) { option (secure.v1.method).public = true; }
            }",
        expect![[r#"
            orders.proto:5:51: warning[missing-public-reason]: `Orders.Ping` is public without a reason
              help: add `public_reason: "..."` to the rule: why anyone may call, for the people who review it
            shop.v1.secure.rs
        "#]],
    );
}

#[test]
fn invalid_default_is_reported_once_and_not_for_its_methods() {
    check(
        "service Orders {
                option (secure.v1.service) = { default: { public: true authenticated: true } };
                rpc Get(Order) returns (Order);
                rpc List(Order) returns (Order);
            }",
        expect![[r#"
            1 error in the schema
            orders.proto:3:17: error[contradictory-rule]: the default rule of `Orders` has `public` and `authenticated`, which contradict each other
              help: keep one: `public` or `authenticated`
        "#]],
    );
}

#[test]
fn empty_default_is_refused() {
    check(
        "service Orders {
                option (secure.v1.service).default = {};
                rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; }
            }",
        expect![[r#"
            1 error in the schema
            orders.proto:3:17: error[empty-rule]: the default rule of `Orders` is empty
              help: write `required_roles: ["..."]`, `authenticated: true`, `public: true` or `denied: true`; an empty list of roles is not a rule
        "#]],
    );
}

#[test]
fn empty_rule_beside_a_default_is_refused() {
    check(
        "service Orders {
                option (secure.v1.service).default.authenticated = true;
                rpc Get(Order) returns (Order) { option (secure.v1.method) = {}; }
            }",
        expect![[r#"
            1 error in the schema
            orders.proto:4:50: error[empty-rule]: the rule of `Orders.Get` is empty
              help: write `required_roles: ["..."]`, `authenticated: true`, `public: true` or `denied: true`; an empty list of roles is not a rule
        "#]],
    );
}

#[test]
fn a_default_that_names_a_field_must_fit_every_request() {
    check(
        r#"message GetOrder { string owner = 1; }
            service Orders {
                option (secure.v1.service).default = { authenticated: true, owner: { field: "owner" } };
                rpc Get(GetOrder) returns (Order);
                rpc List(Order) returns (Order);
            }"#,
        expect![[r#"
                1 error in the schema
                orders.proto:4:17: error[invalid-field]: `owner` in the default rule of `Orders`, for `Orders.List`, names the field `"owner"`, which does not exist: `shop.v1.Order` has no `"owner"`
                  help: name a string or integer field; in a message, `message.field`
            "#]],
    );
}

#[test]
fn help_in_a_package_with_a_segment_secure_has_a_leading_dot() {
    let text = r#"syntax = "proto3"; package shop.secure.v1; import "secure/v1/options.proto"; message Order {}
        service Orders { option (.secure.v1.service).default = { public: true }; rpc Get(Order) returns (Order); }
        service Carts { rpc Get(Order) returns (Order); }"#;
    let answer = answer(&request(&[("orders.proto", text)]));
    assert!(answer.contains("add `option (.secure.v1.method) = {"), "{answer}");
}
