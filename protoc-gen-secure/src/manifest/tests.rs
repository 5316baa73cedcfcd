mod texts;

use expect_test::{Expect, expect};

use super::Manifest;
use crate::testing::{orders, request};

/// The manifest of `orders.proto` with this text from its second line on.
fn manifest(text: &str) -> Manifest {
    crate::generate(&request(&[("orders.proto", &orders(text))])).expect("files").manifest
}

const SHOP: &str = r#"service Orders {
  option (secure.v1.service).default = { required_roles: "clerk", required_scopes: ["b", "a"] };
  rpc Watch(Order) returns (stream Order);
  rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; }
}
enum Role {
  option (secure.v1.roles) = {};
  ROLE_UNSPECIFIED = 0;
  ROLE_CLERK = 1 [(secure.v1.role).name = "clerk"];
  ROLE_ADMIN = 2 [(secure.v1.role) = { name: "admin", includes: "clerk" }];
  ROLE_OWNER = 3 [(secure.v1.role) = { name: "owner", includes: "admin" }];
}"#;

#[test]
fn every_fact_of_a_rule_is_in_the_manifest() {
    expect![[r#"
        {
          "services": {
            "shop.v1.Orders": {
              "declared_at": "orders.proto:2:1",
              "digest": "fadcef1b072fc36fc4c86a0813b25500647b7d207a4a143b5a847cf0dd85fb9a",
              "methods": {
                "Get": {
                  "declared_at": "orders.proto:5:36",
                  "kind": "unary",
                  "rule": {
                    "public": true
                  },
                  "source": "method"
                },
                "Watch": {
                  "declared_at": "orders.proto:3:3",
                  "kind": "server_streaming",
                  "rule": {
                    "required_roles": [
                      "admin",
                      "clerk",
                      "owner"
                    ],
                    "required_scopes": [
                      "a",
                      "b"
                    ]
                  },
                  "source": "service_default"
                }
              },
              "vocabulary": "shop.v1.Role"
            }
          },
          "version": 1,
          "vocabularies": {
            "shop.v1.Role": {
              "declared_at": "orders.proto:7:1",
              "roles": {
                "admin": {
                  "declared_at": "orders.proto:11:3",
                  "includes": [
                    "clerk"
                  ]
                },
                "clerk": {
                  "declared_at": "orders.proto:10:3"
                },
                "owner": {
                  "declared_at": "orders.proto:12:3",
                  "includes": [
                    "admin"
                  ]
                }
              }
            }
          }
        }
    "#]]
    .assert_eq(&manifest(SHOP).to_text());
}

#[test]
fn written_manifest_is_read_back_equal() {
    let manifest = manifest(SHOP);
    let text = manifest.to_text();
    assert!(super::looks_like_one(&text));
    assert_eq!(Manifest::parse(text.as_bytes()).expect("a manifest"), manifest);
}

#[test]
fn the_order_of_methods_changes_nothing_but_positions() {
    let service = |methods: [&str; 2]| format!("service Orders {{\n{}\n{}\n}}", methods[0], methods[1]);
    let (get, put) = (
        "rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; }",
        r#"rpc Put(Order) returns (Order) { option (secure.v1.method).required_roles = "clerk"; }"#,
    );
    let [one, other] = [[get, put], [put, get]].map(|methods| manifest(&service(methods)));
    let digest = |manifest: &Manifest| manifest.services["shop.v1.Orders"].digest.clone();
    assert_eq!(digest(&one), digest(&other));
    assert_ne!(one, other);
}

/// What the reader says to the manifest of the shop after a change of its text.
#[track_caller]
fn check(from: &str, to: &str, expected: Expect) {
    let text = manifest(SHOP).to_text();
    assert!(text.contains(from), "{text}");
    let error = Manifest::parse(text.replacen(from, to, 1).as_bytes()).expect_err("a refusal");
    expected.assert_eq(&error.to_string());
}

#[test]
fn a_rule_that_was_changed_by_hand_is_refused() {
    check(
        r#""admin","#,
        r#""intern","#,
        expect![
            "the rules of `shop.v1.Orders` do not have the digest that stands beside them; write the manifest again"
        ],
    );
    check(
        r#""Get""#,
        r#""Put""#,
        expect![
            "the rules of `shop.v1.Orders` do not have the digest that stands beside them; write the manifest again"
        ],
    );
}

#[test]
fn another_version_is_refused() {
    check(
        r#""version": 1"#,
        r#""version": 2"#,
        expect!["the manifest has version 2, and this protoc-gen-secure reads version 1 at line 35 column 14"],
    );
}

#[test]
fn unknown_member_is_refused() {
    check(
        r#""public": true"#,
        r#""public": true, "hours": "9-17""#,
        expect![
            "unknown field `hours`, expected one of `authenticated`, `delegation`, `denied`, `ignore_credentials`, `owner`, `peers`, `public`, `required_credentials`, `required_roles`, `required_scopes`, `tenant` at line 11 column 35"
        ],
    );
    check(
        r#""kind": "unary""#,
        r#""kind": "unary", "x": 1"#,
        expect![
            "unknown field `x`, expected one of `audit`, `declared_at`, `description`, `kind`, `public_reason`, `rate_class`, `rule`, `source` at line 9 column 30"
        ],
    );
}

#[test]
fn duplicate_member_is_refused() {
    check(r#""Watch": {"#, r#""Get": {"#, expect!["the member `Get` is there twice at line 31 column 7"]);
    check(
        r#""public": true"#,
        r#""public": true, "public": true"#,
        expect!["duplicate field `public` at line 11 column 36"],
    );
}

#[test]
fn rule_without_exactly_one_access_is_refused() {
    check(
        r#""public": true"#,
        r#""public": true, "authenticated": true"#,
        expect![
            "a rule needs exactly one of `authenticated`, `denied`, `public` and `required_roles` at line 12 column 11"
        ],
    );
    check(
        r#""public": true"#,
        "",
        expect![
            "a rule needs exactly one of `authenticated`, `denied`, `public` and `required_roles` at line 12 column 11"
        ],
    );
    check(
        r#""public": true"#,
        r#""public": true, "peers": ["cart.internal"]"#,
        expect!["no condition narrows `denied` or `public` at line 12 column 11"],
    );
}

#[test]
fn missing_vocabulary_is_refused() {
    check(
        r#""shop.v1.Role": {"#,
        r#""shop.v1.Roles": {"#,
        expect!["the vocabulary `shop.v1.Role` of `shop.v1.Orders` is missing"],
    );
}

#[test]
fn vendored_service_of_the_manual_is_read() {
    let manual = include_str!("../../../docs/review.md");
    let (_, json) = manual.split_once("```json\n").expect("a block");
    let (json, _) = json.split_once("```").expect("its end");
    let manifest = Manifest::parse(json.as_bytes()).expect("a manifest");
    assert!(manifest.services["grpc.reflection.v1.ServerReflection"].rule.is_some());
}

#[test]
fn manifest_with_a_character_that_nobody_sees_is_refused() {
    let good = r#"service Orders {
        rpc Get(Order) returns (Order) { option (secure.v1.method) = { public: true, public_reason: "Why." }; }
    }"#;
    let good = manifest(good).to_text();
    assert!(Manifest::parse(good.as_bytes()).is_ok());
    for (text, error) in [
        (good.replace("Why.", "Why.\\nshop.v1.Orders/Ping denied"), "contains a line break or an invisible character"),
        (good.replace("Why.", "\\u001b[2K"), "contains a line break or an invisible character"),
        (good.replace("orders.proto:3", "orders\\u202e.proto:3"), "contains a line break or an invisible character"),
        (good.replace("Why.", " "), "`shop.v1.Orders/Get` need a text"),
    ] {
        let found = Manifest::parse(text.as_bytes()).expect_err("refused").to_string();
        assert!(found.contains(error), "{found}");
    }
}
