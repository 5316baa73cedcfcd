//! Every report and export shows what a schema says to reviewers.

mod forged_text;

use expect_test::{Expect, expect};

use super::caller::Caller;
use super::diff::{Allowed, Check, check, compare};
use super::{diff, explain, matrix};
use crate::export::{self, Content, Settings, TargetName};
use crate::manifest::Manifest;
use crate::testing::{orders, request};

/// A shop. The rule of `Refund` is given.
fn manifest(refund: &str) -> Manifest {
    let text = format!(
        r#"enum Role {{
  option (secure.v1.roles) = {{}};
  ROLE_UNSPECIFIED = 0;
  ROLE_CLERK = 1 [(secure.v1.role) = {{ name: "clerk", description: "Serves \"customers\"." }}];
  ROLE_ADMIN = 2 [(secure.v1.role) = {{ name: "admin", includes: "clerk", sensitive: true }}];
}}
enum Scope {{
  option (secure.v1.scopes) = {{}};
  SCOPE_UNSPECIFIED = 0;
  SCOPE_WRITE = 1 [(secure.v1.scope) = {{ name: "orders:write", description: "Changes orders." }}];
}}
service Orders {{
  rpc Ping(Order) returns (Order) {{
    option (secure.v1.method) = {{ public: true, public_reason: "Load balancers ask." }};
  }}
  rpc Find(Order) returns (Order) {{ option (secure.v1.method).public = true; }}
  rpc Refund(Order) returns (Order) {{ option (secure.v1.method) = {{ {refund} }}; }}
}}"#
    );
    crate::generate(&request(&[("orders.proto", &orders(&text))])).expect("files").manifest
}

const REFUND: &str = r#"required_roles: "admin" required_scopes: "orders:write" description: "Moves money.""#;

#[test]
fn manifest_has_notes_and_is_read_back_equal() {
    let text = manifest(REFUND).to_text();
    assert_eq!(Manifest::parse(text.as_bytes()).expect("a manifest"), manifest(REFUND));
    let without = manifest(&REFUND.replace("description: \"Moves money.\"", ""));
    assert_eq!(without.services["shop.v1.Orders"].digest, manifest(REFUND).services["shop.v1.Orders"].digest);
    let start = text.find("\"Ping\"").expect("a method");
    expect![[r#"
        "Ping": {
                  "declared_at": "orders.proto:15:5",
                  "kind": "unary",
                  "public_reason": "Load balancers ask.",
                  "rule": {
                    "public": true
                  },
                  "source": "method"
                },
                "Refund": {
                  "declared_at": "orders.proto:18:39",
                  "description": "Moves money.",
                  "kind": "unary",
                  "rule": {
                    "required_roles": [
                      "admin"
                    ],
                    "required_scopes": [
                      "orders:write"
                    ]
                  },
                  "source": "method"
                }
              },
              "scope_vocabulary": "shop.v1.Scope",
              "vocabulary": "shop.v1.Role"
            }
          },
          "version": 1,
          "vocabularies": {
            "shop.v1.Role": {
              "declared_at": "orders.proto:2:1",
              "roles": {
                "admin": {
                  "declared_at": "orders.proto:6:3",
                  "includes": [
                    "clerk"
                  ],
                  "sensitive": true
                },
                "clerk": {
                  "declared_at": "orders.proto:5:3",
                  "description": "Serves \"customers\"."
                }
              }
            }
          }
        }
    "#]]
    .assert_eq(&text[start..]);
    expect![[r#"
        {
          "scope_vocabularies": {
            "shop.v1.Scope": {
              "declared_at": "orders.proto:8:1",
              "scopes": {
                "orders:write": {
                  "declared_at": "orders.proto:11:3",
                  "description": "Changes orders."
                }
              }
            }
          },
  "#]]
    .assert_eq(&format!("{}\n", text[..text.find("\"services\"").expect("services")].trim_end()));
}

#[test]
fn manifest_without_its_scopes_is_refused() {
    let text = manifest(REFUND).to_text().replace("\"shop.v1.Scope\": {", "\"shop.v1.Other\": {");
    expect!["the vocabulary `shop.v1.Scope` of `shop.v1.Orders` is missing"]
        .assert_eq(&Manifest::parse(text.as_bytes()).expect_err("a refusal").to_string());
}

#[test]
fn matrix_has_notes_in_every_format() {
    let matrix = matrix::Matrix::new(&manifest(REFUND));
    expect![[r#"
        method                 access  admin (sensitive)  clerk  conditions           declared at         notes
        shop.v1.Orders/Find    public  yes                yes                         orders.proto:17:37
        shop.v1.Orders/Ping    public  yes                yes                         orders.proto:15:5   public: Load balancers ask.
        shop.v1.Orders/Refund  roles   if                 -      scopes orders:write  orders.proto:18:39  Moves money.
    "#]].assert_eq(&matrix::Format::Text.print(&matrix));
    for format in [matrix::Format::Csv, matrix::Format::Html, matrix::Format::Json, matrix::Format::Markdown] {
        let text = format.print(&matrix);
        for note in ["Moves money.", "Load balancers ask.", "sensitive"] {
            assert!(text.contains(note), "{format:?} lacks {note}: {text}");
        }
    }
}

#[track_caller]
fn check_diff(old: &str, new: &str, expected: Expect) {
    let (old, new) = (manifest(old), manifest(new));
    let changes = compare(&old, &new);
    let findings = check(&[Check::Widening], &changes, &new, &Allowed::default());
    expected.assert_eq(&diff::Format::Text.print(&changes, &findings, &Allowed::default()));
}

#[test]
fn diff_calls_out_sensitive_roles_that_gain_access() {
    check_diff(
        "denied: true",
        r#"required_roles: "clerk""#,
        expect![[r#"
        orders.proto:18:39: widened shop.v1.Orders/Refund
          was:     denied
          now:     any of admin, clerk
          admits:  a caller with a token and the role clerk
          role:    admin is sensitive, and its holders may call now
        1 widened
        orders.proto:18:39: error[no-widening]: shop.v1.Orders/Refund: a caller with a token and the role clerk may call now and could not before; so may holders of the sensitive role admin
    "#]],
    );
    check_diff(
        r#"required_roles: "admin""#,
        r#"required_roles: "clerk""#,
        expect![[r#"
        orders.proto:18:39: widened shop.v1.Orders/Refund
          was:     admin
          now:     any of admin, clerk
          admits:  a caller with a token and the role clerk
        1 widened
        orders.proto:18:39: error[no-widening]: shop.v1.Orders/Refund: a caller with a token and the role clerk may call now and could not before
    "#]],
    );
    check_diff(
        r#"required_roles: "admin" peers: "cart.internal""#,
        "authenticated: true",
        expect![[r#"
        orders.proto:18:39: widened shop.v1.Orders/Refund
          was:     admin; peers cart.internal
          now:     authenticated
          admits:  a caller with a token
          role:    admin is sensitive, and its holders may call now
        1 widened
        orders.proto:18:39: error[no-widening]: shop.v1.Orders/Refund: a caller with a token may call now and could not before; so may holders of the sensitive role admin
    "#]],
    );
}

#[test]
fn public_method_without_reason_is_a_finding_of_its_check() {
    let manifest = manifest("public: true");
    let findings = check(&[Check::PublicReason], &[], &manifest, &Allowed::default());
    let findings = findings.iter().map(|found| format!("{}: {}\n", found.at, found.message)).collect::<String>();
    expect![[r#"
        orders.proto:17:37: shop.v1.Orders/Find: anyone may call, and no `public_reason` says why
        orders.proto:18:39: shop.v1.Orders/Refund: anyone may call, and no `public_reason` says why
    "#]]
    .assert_eq(&findings);
}

#[track_caller]
fn check_explanation(method: &str, expected: Expect) {
    let manifest = manifest(REFUND);
    let found = explain::find(&manifest, method).expect("a method");
    let explanation = explain::explain(method, found, Caller::default(), Vec::new());
    expected.assert_eq(&explain::Format::Text.print(&explanation));
}

#[test]
fn explanation_has_notes() {
    check_explanation(
        "shop.v1.Orders/Refund",
        expect![[r#"
        refused: shop.v1.Orders/Refund
          rule:    admin; scopes orders:write
          at:      orders.proto:18:39
          for:     Moves money.
          about:   role admin (sensitive)
          about:   scope orders:write: Changes orders.
          caller:  anyone without a credential
          why:     a credential is required
          needs:   a credential
          needs:   the scope orders:write
          needs:   the role admin
    "#]],
    );
    check_explanation(
        "shop.v1.Orders/Ping",
        expect![[r#"
        allowed: shop.v1.Orders/Ping
          rule:    public
          at:      orders.proto:15:5
          public:  Load balancers ask.
          caller:  anyone without a credential
    "#]],
    );
}

#[test]
fn exports_to_cedar_and_opa_have_notes() {
    for (target, notes) in [
        (TargetName::Cedar, ["@description(\"Moves money.\")", "@public_reason(\"Load balancers ask.\")"]),
        (TargetName::Opa, ["\"description\":\"Moves money.\"", "\"public_reason\":\"Load balancers ask.\""]),
    ] {
        let export = export::export(target, manifest(REFUND), &Settings::default(), export::Allowed::default());
        let files = export.expect("an export").files;
        let texts = files.into_iter().map(|file| match file.content {
            Content::Documents(documents) => serde_json::Value::from(documents).to_string(),
            Content::Json(json) => json.to_string(),
            Content::Text(text) => text,
        });
        let text = texts.collect::<String>();
        assert!(notes.iter().all(|note| text.contains(note)), "{text}");
    }
}
