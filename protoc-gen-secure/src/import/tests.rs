use std::fs;

use expect_test::expect;
use serde_json::{Value, json};

use super::*;
use crate::compile::compile_with_protox;
use crate::testing::request_of_set;

/// Imports rules for the first file, and returns it patched, the report, and each method's rule.
pub(super) fn run(system: System, rules: Option<&str>, files: &[(&str, &str)]) -> (String, String, Value) {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).and_then(|()| fs::write(path, text)).expect("a file");
    }
    let path = directory.path().join(files[0].0);
    let protos = Protos { paths: vec![path.clone()], includes: vec![directory.path().to_owned()], ..Protos::default() };
    let Import { patch, report } = import(system, rules, &["roles".to_owned()], &protos).expect("an import");
    let patched = diffy::apply(files[0].1, &diffy::Patch::from_str(&patch).expect("a patch")).expect("a file");
    fs::write(&path, &patched).expect("a file");
    let compiled = compile_with_protox(&[&path], &[directory.path()]).expect("files that compile");
    let request = request_of_set(&compiled.set, compiled.to_generate);
    let generated = crate::generate(&request).unwrap_or_else(|error| panic!("{error}\n{patched}"));
    let manifest = serde_json::from_str::<Value>(&generated.manifest.to_text()).expect("JSON");
    let services = manifest["services"].as_object().expect("services").values();
    let methods = services.flat_map(|service| service["methods"].as_object().expect("methods"));
    (patched, report.to_string(), methods.map(|(name, method)| (name.clone(), method["rule"].clone())).collect())
}

const SHOP: &str = r#"syntax = "proto3";
package shop.v1;

message Order {}

service Orders {
  // Says that the shop is open.
  rpc Ping(Order) returns (Order);
  rpc Get(Order) returns (Order) {}
  rpc Put(Order) returns (stream Order) {
    option deprecated = true;
  }
  rpc Wipe(
      Order
  ) returns (Order) { option idempotency_level = IDEMPOTENT; } // careful
}
"#;

/// The patched file compiles: `run` generates from it.
#[test]
fn rules_in_a_package_with_a_segment_secure_have_a_leading_dot() {
    let policy =
        json!({ "name": "shop", "allow_rules": [{ "name": "all", "request": { "paths": ["*"] } }] }).to_string();
    let text = SHOP.replace("package shop.v1", "package shop.secure.v1");
    let (patched, _, _) = run(System::Grpc, Some(&policy), &[("shop.proto", &text)]);
    assert!(patched.contains("option (.secure.v1.method)"), "{patched}");
}

/// GNU patch would take `a b/shop.proto` for `a`.
#[test]
fn path_with_a_blank_ends_in_a_tab() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a b/shop.proto");
    fs::create_dir_all(directory.path().join("a b")).and_then(|()| fs::write(&path, SHOP)).expect("a file");
    let protos = Protos { paths: vec![path], includes: vec![directory.path().join("a b")], ..Protos::default() };
    let policy =
        json!({ "name": "shop", "allow_rules": [{ "name": "all", "request": { "paths": ["*"] } }] }).to_string();
    let Import { patch, .. } = import(System::Grpc, Some(&policy), &[], &protos).expect("an import");
    let names = patch.lines().take(2).map(|line| (&line[..6], line.ends_with("/a b/shop.proto\t")));
    assert_eq!(names.collect::<Vec<_>>(), [("--- a/", true), ("+++ b/", true)], "{patch}");
    assert!(diffy::apply(SHOP, &diffy::Patch::from_str(&patch).expect("a patch")).is_ok());
}

#[test]
fn rules_are_written_into_every_kind_of_declaration() {
    let policy = json!({ "name": "shop", "allow_rules": [
        { "name": "open", "request": { "paths": ["/shop.v1.Orders/Ping"] } },
        { "name": "cart", "source": { "principals": ["spiffe://example.org/ns/shop/*", "cart.internal"] },
          "request": { "paths": ["/shop.v1.Orders/Get", "*/Put"] } },
        { "name": "staff", "request": { "paths": ["*"], "headers": [{ "key": "x-role", "values": ["staff"] }] } },
        { "name": "backup", "source": { "principals": ["spiffe://example.org/backup"] }, "request": { "paths": ["/shop.v1.*t"] } },
        { "name": "any", "source": { "principals": ["spiffe://example.org/any"] }, "request": { "paths": ["/shop.v1.Orders/P*"] } },
    ] });
    let (patched, report, _) = run(System::Grpc, Some(&policy.to_string()), &[("shop.proto", SHOP)]);
    expect![[r#"
        syntax = "proto3";
        package shop.v1;
        import "secure/v1/options.proto";

        message Order {}

        service Orders {
          // Says that the shop is open.
          rpc Ping(Order) returns (Order) {
            option (secure.v1.method).public = true;
          }
          rpc Get(Order) returns (Order) {
            option (secure.v1.method) = { authenticated: true, required_credentials: [CREDENTIAL_MTLS], peers: ["cart.internal", "spiffe://example.org/ns/shop/**"] };
          }
          rpc Put(Order) returns (stream Order) {
            option deprecated = true;
            option (secure.v1.method) = { authenticated: true, required_credentials: [CREDENTIAL_MTLS], peers: ["cart.internal", "spiffe://example.org/any", "spiffe://example.org/ns/shop/**"] };
          }
          rpc Wipe(
              Order
          ) returns (Order) { option idempotency_level = IDEMPOTENT;
            option (secure.v1.method).denied = true;
          } // careful
        }
    "#]]
    .assert_eq(&patched);
    expect![
        "/shop.v1.Orders/Ping: the rule `staff` is left out: a client could write the header itself
/shop.v1.Orders/Get: the rule `staff` is left out: a client could write the header itself
/shop.v1.Orders/Put: the rule `staff` is left out: a client could write the header itself
/shop.v1.Orders/Wipe: the rule `staff` is left out: a client could write the header itself"
    ]
    .assert_eq(&report);
}

#[test]
fn a_denial_of_some_callers_denies_everyone() {
    let policy = json!({
        "name": "shop",
        "deny_rules": [
            { "name": "worm", "source": { "principals": ["spiffe://example.org/worm"] }, "request": { "paths": ["*/Get"] } },
            { "name": "closed", "request": { "paths": ["*/Wipe"] } },
        ],
        "allow_rules": [{ "name": "all" }],
    });
    let (_, report, rules) = run(System::Grpc, Some(&policy.to_string()), &[("shop.proto", SHOP)]);
    let [public, denied] = [json!({ "public": true }), json!({ "denied": true })];
    assert_eq!(rules, json!({ "Ping": public, "Get": denied, "Put": public, "Wipe": denied }));
    assert_eq!(
        report,
        "/shop.v1.Orders/Get: denied: the rule `worm` denies some callers, and rules of ours only admit"
    );
}

#[test]
fn policies_of_istio_are_imported() {
    let policies = r#"
apiVersion: security.istio.io/v1
kind: RequestAuthentication
spec: { jwtRules: [{ issuer: "https://id.example.com" }] }
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
spec:
  action: ALLOW
  rules:
  - to: [{ operation: { methods: [POST], paths: ["/shop.v1.Orders/Ping"] } }]
  - from: [{ source: { requestPrincipals: ["https://id.example.com/*"] } }]
    to: [{ operation: { paths: ["/shop.v1.Orders/Get"] } }]
    when:
    - { key: "request.auth.claims[roles]", values: [clerk, admin] }
    - { key: "request.auth.claims[scope]", values: ["orders:read"] }
  - from: [{ source: { principals: ["example.org/ns/shop/sa/cart", "example.org/ns/web/*"] } }]
    to: [{ operation: { paths: ["/shop.v1.Orders/Put"] } }]
  - from: [{ source: { ipBlocks: ["10.0.0.0/8"] } }]
    to: [{ operation: { paths: ["/shop.v1.Orders/Wipe"] } }]
"#;
    let (_, report, rules) = run(System::Istio, Some(policies), &[("shop.proto", SHOP)]);
    assert_eq!(
        rules,
        json!({
            "Ping": { "public": true },
            "Get": { "required_roles": ["admin", "clerk"], "required_scopes": ["orders:read"], "required_credentials": ["JWT"] },
            "Put": { "authenticated": true, "required_credentials": ["MTLS"],
                     "peers": ["spiffe://example.org/ns/shop/sa/cart", "spiffe://example.org/ns/web/**"] },
            "Wipe": { "denied": true },
        })
    );
    assert_eq!(
        report,
        "/shop.v1.Orders/Get: `https://id.example.com/*` is taken for every subject of this issuer\n\
         /shop.v1.Orders/Wipe: a rule is left out: `ipBlocks` of a source has no counterpart"
    );
}

#[test]
fn text_of_a_policy_adds_no_line_to_the_report() {
    let issuer = r"https://id.example.com\n/shop.v1.Orders/Get: kept/*";
    let spec = format!(r#"{{ rules: [{{ from: [{{ source: {{ requestPrincipals: ["{issuer}"] }} }}] }}] }}"#);
    let policy = format!("kind: AuthorizationPolicy\nspec: {spec}\n");
    let (_, report, _) = run(System::Istio, Some(&policy), &[("shop.proto", SHOP)]);
    assert_eq!(report.lines().count(), 4, "one for each method: {report}");
}

#[test]
fn policies_of_istio_for_other_workloads_are_refused() {
    let orders = "kind: AuthorizationPolicy\nmetadata: { namespace: shop }\nspec: { selector: { matchLabels: { app: orders } }, rules: [] }";
    for other in [
        "kind: AuthorizationPolicy\nmetadata: { namespace: site }\nspec: { rules: [{}] }",
        "kind: AuthorizationPolicy\nmetadata: { namespace: shop }\nspec: { selector: { matchLabels: { app: web } }, rules: [{}] }",
        "kind: AuthorizationPolicy\nmetadata: { namespace: shop }\nspec: { targetRefs: [{ kind: Gateway, name: web }], rules: [{}] }",
    ] {
        let refusal = refused(System::Istio, &format!("{orders}\n---\n{other}\n"));
        assert!(refusal.contains("the policies are for several workloads"), "{refusal}");
    }
    let namespace = "kind: AuthorizationPolicy\nmetadata: { namespace: shop }\nspec: { rules: [{}] }";
    let (_, _, rules) = run(System::Istio, Some(&format!("{orders}\n---\n{namespace}\n")), &[("shop.proto", SHOP)]);
    assert_eq!(rules["Get"], json!({ "public": true }));
}

#[test]
fn policies_of_istio_that_leave_open_who_is_admitted_admit_nobody() {
    for spec in [
        r#"{ action: DENY, rules: [{ to: [{ operation: { paths: ["/shop.v1.Orders/Get"] } }] }] }"#,
        "{ action: AUDIT, rules: [] }",
        r#"{ rules: [{ from: [{ source: { requestPrincipals: ["https://id.example.com/spiffe://example.org/*"] } }] }] }"#,
        r#"{ rules: [{ when: [{ key: "request.auth.claims[roles]", values: [] }] }] }"#,
    ] {
        let policy = format!("kind: AuthorizationPolicy\nspec: {spec}\n");
        let (_, report, rules) = run(System::Istio, Some(&policy), &[("shop.proto", SHOP)]);
        assert!(rules.as_object().expect("rules").values().all(|rule| *rule == json!({ "denied": true })), "{spec}");
        assert_eq!(report.lines().count(), 4, "{spec}: {report}");
    }
}

#[test]
fn a_policy_of_istio_that_denies_is_not_weakened() {
    let policies = r#"
kind: AuthorizationPolicy
spec: { action: DENY, rules: [{ to: [{ operation: { notPaths: ["/shop.v1.Orders/Ping"] } }] }] }
---
kind: AuthorizationPolicy
spec: { action: CUSTOM, rules: [{ to: [{ operation: { paths: ["/shop.v1.Orders/Ping"] } }] }] }
---
kind: AuthorizationPolicy
spec: { rules: [{}] }
"#;
    let (_, report, rules) = run(System::Istio, Some(policies), &[("shop.proto", SHOP)]);
    assert!(rules.as_object().expect("rules").values().all(|rule| *rule == json!({ "denied": true })), "{rules}");
    assert_eq!(report.lines().count(), 4);
}

#[test]
fn policies_of_istio_that_are_not_enforced_admit_nobody_and_empty_lists_deny() {
    let [open, dry_run, of_get, deny] = [
        "spec: { rules: [{}] }",
        "metadata: { annotations: { istio.io/dry-run: \"true\" } }\nspec: { rules: [{}] }",
        r#"spec: { rules: [{ to: [{ operation: { paths: ["/shop.v1.Orders/Get"] } }] }] }"#,
        "spec: { action: DENY, rules: [{ to: [{ operation: { methods: [POST], paths: [] } }] }] }",
    ]
    .map(|policy| format!("kind: AuthorizationPolicy\n{policy}"));
    for (policies, of_put) in
        [([&dry_run, &of_get], "denied"), ([&open, &deny], "denied"), ([&open, &of_get], "public")]
    {
        let text = policies.map(String::as_str).join("\n---\n");
        let (_, _, rules) = run(System::Istio, Some(&text), &[("shop.proto", SHOP)]);
        assert_eq!(rules["Put"], json!({ of_put: true }), "{text}");
    }
}

const GOOGLE: &str = r#"syntax = "proto3";
package google.api;
import "google/protobuf/descriptor.proto";
extend google.protobuf.ServiceOptions { string default_host = 1049; string oauth_scopes = 1050; }
"#;

#[test]
fn authentication_rules_of_google_are_imported_and_the_last_one_wins() {
    let configuration = r#"
type: google.api.Service
authentication:
  rules:
  - selector: "*"
    oauth: { canonical_scopes: "https://www.googleapis.com/auth/shop" }
  - selector: shop.v1.Orders.Get, shop.v1.Orders.Put
    oauth:
      canonical_scopes: |-
        https://www.googleapis.com/auth/shop,
        https://www.googleapis.com/auth/shop.readonly
  - selector: shop.v1.Orders.Ping
    allow_without_credential: true
  - selector: shop.v1.Orders.Put
    requirements: [{ provider_id: google_id_token, audiences: "a, b" }]
"#;
    let (_, report, rules) = run(System::Google, Some(configuration), &[("shop.proto", SHOP)]);
    let (shop, read) = ("https://www.googleapis.com/auth/shop", "https://www.googleapis.com/auth/shop.readonly");
    assert_eq!(
        rules,
        json!({
            "Ping": { "denied": true },
            "Get": { "required_roles": [shop, read], "required_credentials": ["JWT"] },
            "Put": { "authenticated": true, "required_credentials": ["JWT"] },
            "Wipe": { "authenticated": true, "required_scopes": [shop], "required_credentials": ["JWT"] },
        })
    );
    expect![
        "/shop.v1.Orders/Ping: denied: it may be called with an API key alone, which no rule checks
/shop.v1.Orders/Get: one of its scopes is enough, so they are roles: let the server read roles from the claim `scope`
/shop.v1.Orders/Put: the server must accept one of the audiences a, b"
    ]
    .assert_eq(&report);
}

#[test]
fn scopes_of_a_service_of_google_are_imported() {
    let text = SHOP.replace("\nmessage", "import \"google/api/client.proto\";\n\nmessage").replace(
        "service Orders {",
        "service Orders {\n  option (google.api.default_host) = \"shop.example.com\";\n  option (google.api.oauth_scopes) = \"a,b\";",
    );
    let (patched, _, rules) = run(System::Google, None, &[("shop.proto", &text), ("google/api/client.proto", GOOGLE)]);
    assert!(patched.contains("client.proto\";\nimport \"secure/v1/options.proto\";\n"), "{patched}");
    let rule = json!({ "required_roles": ["a", "b"], "required_credentials": ["JWT"] });
    assert_eq!(rules, json!({ "Ping": rule, "Get": rule, "Put": rule, "Wipe": rule }));
}

/// A service whose methods have an option each.
fn with(options: &[&str]) -> String {
    let names = ["Ping", "Get", "Put", "Wipe"];
    let methods =
        names.iter().zip(options).map(|(name, option)| format!("  rpc {name}(Order) returns (Order) {{ {option} }}\n"));
    let methods = methods.collect::<String>();
    format!(
        "syntax = \"proto3\";\npackage shop.v1;\nimport \"options.proto\";\nmessage Order {{}}\nservice Orders {{\n{methods}}}\n"
    )
}

#[test]
fn an_option_with_a_permission_is_imported() {
    // The traits of ZITADEL's: one permission, a word for any token, and a field that narrows.
    let options = r#"syntax = "proto3"; package iam.v1; import "google/protobuf/descriptor.proto";
        extend google.protobuf.MethodOptions { Options options = 50001; AuthOption auth_option = 50000; }
        message Options { AuthOption auth_option = 1; int32 http_response = 2; }
        message AuthOption { string permission = 1; string check_field_name = 2; }"#;
    let text = with(&[
        r#"option (iam.v1.options) = { auth_option: { permission: "authenticated" }, http_response: 201 };"#,
        r#"option (iam.v1.auth_option) = { permission: "orders.read" };"#,
        r#"option (iam.v1.auth_option) = { permission: "orders.write", check_field_name: "id" };"#,
        r#"option (iam.v1.options).auth_option.permission = "orders.delete";"#,
    ]);
    let table = r#"
- { option: 50000, field: permission, as: roles, values: { authenticated: authenticated } }
- { option: iam.v1.options, field: auth_option.permission, as: roles, values: { authenticated: authenticated } }
- { option: iam.v1.options, field: http_response, as: ignored }
"#;
    let (_, report, rules) = run(System::Option, Some(table), &[("shop.proto", &text), ("options.proto", options)]);
    assert_eq!(
        rules,
        json!({
            "Ping": { "authenticated": true },
            "Get": { "required_roles": ["orders.read"] },
            "Put": { "denied": true },
            "Wipe": { "required_roles": ["orders.delete"] },
        })
    );
    let lost =
        "/shop.v1.Orders/Put: denied: the table does not say what `iam.v1.auth_option.check_field_name` = `id` means";
    assert_eq!(report, lost);
}

#[test]
fn an_option_with_lists_and_flags_is_imported() {
    // The traits of Connectum's: a flag for everyone, roles of which one is enough, scopes.
    let options = r#"syntax = "proto3"; package auth.v1; import "google/protobuf/descriptor.proto";
        extend google.protobuf.MethodOptions { MethodAuth method_auth = 50100; }
        message MethodAuth { optional bool public = 1; Requires requires = 2; }
        message Requires { repeated string roles = 1; repeated string scopes = 2; }"#;
    let text = with(&[
        "option (auth.v1.method_auth) = { public: true };",
        r#"option (auth.v1.method_auth) = { public: false, requires: { roles: ["clerk", "a\"d\\é"], scopes: "read" } };"#,
        r#"option (auth.v1.method_auth) = { public: true, requires: { roles: "clerk" } };"#,
        r#"option (auth.v1.method_auth) = { requires: { scopes: ["read", "write"] } };"#,
    ]);
    let table = r#"
- { option: auth.v1.method_auth, field: public, as: public }
- { option: auth.v1.method_auth, field: requires.roles, as: roles }
- { option: auth.v1.method_auth, field: requires.scopes, as: scopes }
"#;
    let (_, report, rules) = run(System::Option, Some(table), &[("shop.proto", &text), ("options.proto", options)]);
    assert_eq!(
        rules,
        json!({
            "Ping": { "public": true },
            "Get": { "required_roles": ["a\"d\\é", "clerk"], "required_scopes": ["read"] },
            "Put": { "denied": true },
            "Wipe": { "authenticated": true, "required_scopes": ["read", "write"] },
        })
    );
    assert_eq!(report, "/shop.v1.Orders/Put: denied: its option is public and not public at once");
}

#[test]
fn options_that_are_enums_and_extensions_of_their_own_are_imported() {
    // The traits of Qdrant's access levels and of bytebase's options: values of enums, and one extension for each fact.
    let options = r#"syntax = "proto3"; package db.v1; import "google/protobuf/descriptor.proto";
        extend google.protobuf.MethodOptions {
          bool allow_without_credential = 100000; string permission = 100001; Level level = 100002;
        }
        enum Level { LEVEL_UNSPECIFIED = 0; LEVEL_READ = 1; LEVEL_MANAGE = 2; LEVEL_SECRET = 3; }"#;
    let text = with(&[
        "option (db.v1.allow_without_credential) = true;",
        r#"option (db.v1.permission) = "orders.get"; option (db.v1.allow_without_credential) = false;"#,
        "option (db.v1.level) = LEVEL_MANAGE;",
        "option (db.v1.level) = LEVEL_SECRET;",
    ]);
    let table = r#"
- { option: db.v1.allow_without_credential, as: public }
- { option: db.v1.permission, as: roles }
- { option: db.v1.level, values: { LEVEL_READ: authenticated, LEVEL_MANAGE: roles } }
"#;
    let (_, report, rules) = run(System::Option, Some(table), &[("shop.proto", &text), ("options.proto", options)]);
    assert_eq!(
        rules,
        json!({
            "Ping": { "public": true },
            "Get": { "required_roles": ["orders.get"] },
            "Put": { "required_roles": ["LEVEL_MANAGE"] },
            "Wipe": { "denied": true },
        })
    );
    let lost = "/shop.v1.Orders/Wipe: denied: the table does not say what `db.v1.level` = `LEVEL_SECRET` means";
    assert_eq!(report, lost);
}

#[test]
fn existing_rule_of_a_method_is_kept() {
    let text = SHOP
        .replace("\nmessage", "import \"secure/v1/options.proto\";\n\nmessage")
        .replace("returns (Order) {}", "returns (Order) { option (secure.v1.method).denied = true; }");
    let policy = json!({ "name": "shop", "allow_rules": [{ "name": "all" }] }).to_string();
    let (patched, report, rules) = run(System::Grpc, Some(&policy), &[("shop.proto", &text)]);
    assert_eq!(patched.matches("secure/v1/options.proto").count(), 1);
    assert_eq!(rules["Get"], json!({ "denied": true }));
    assert_eq!(report, "/shop.v1.Orders/Get: kept: it has a rule already");
}

#[test]
fn service_without_a_default_rule_gets_rules() {
    let vocabulary = r#"import "secure/v1/options.proto";
        enum Role { option (secure.v1.roles) = {}; NONE = 0; ADMIN = 1 [(secure.v1.role).name = "admin"]; }
        message"#;
    let text = SHOP
        .replacen("\nmessage", &format!("\n{vocabulary}"), 1)
        .replace("service Orders {", "service Orders {\n  option (secure.v1.service).roles = \"shop.v1.Role\";");
    let policy = json!({ "name": "shop", "allow_rules": [{ "name": "all" }] }).to_string();
    let (_, report, rules) = run(System::Grpc, Some(&policy), &[("shop.proto", &text)]);
    assert_eq!((report.as_str(), &rules["Get"]), ("", &json!({ "public": true })));
}

#[test]
fn rules_of_another_form_are_refused() {
    for (system, text) in [
        (System::Grpc, r#"{ "name": "a", "allow_rules": [{ "name": "a", "reqest": {} }] }"#),
        (System::Grpc, r#"{ "name": "a", "allow_rules": [{ "name": "a", "source": { "principal": [] } }] }"#),
        (System::Grpc, r#"{ "name": "a", "deny_rule": [], "allow_rules": [] }"#),
        (System::Grpc, r#"{ "name": "a", "allow_rules": [{ "name": "b" }, { "name": "b" }] }"#),
        (System::Grpc, r#"{ "name": "a", "deny_rules": [{ "name": "b" }, { "name": "b" }], "allow_rules": [] }"#),
        (System::Istio, "kind: AuthorizationPolicy\nspec: { rules: [{ form: [] }] }"),
        (System::Istio, "kind: Service"),
        (System::Google, "authentication: { rules: [{ selector: '*', scopes: a }] }"),
        (System::Option, "- { option: no.such.option }"),
        (System::Option, "- { option: 50000, as: role }"),
        (System::Option, "- { option: 50000, as: unknown }"),
    ] {
        refused(system, text);
    }
}

#[test]
fn option_and_missing_policy_are_named() {
    let option = |name: &str| refused(System::Option, &format!("- {{ option: {name} }}"));
    assert_eq!(option("a.b"), "`a.b` is not an option of methods that the files import");
    assert_eq!(option("50000"), "`50000` is not an option of methods that the files import");
    assert!(!refused(System::Option, "- { option: 50000, as: unknown }").contains("`50000`"));
    assert_eq!(refused(System::Grpc, ""), "exactly one policy is needed; name a file with one by `--from FILE`");
    assert_eq!(refused(System::Option, ""), "exactly one table is needed; name a file with one by `--from FILE`");
}

/// Why a text is refused.
fn refused(system: System, text: &str) -> String {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("shop.proto");
    fs::write(&path, SHOP).expect("a file");
    let includes = vec![directory.path().to_owned()];
    let outcome = import(system, Some(text), &[], &Protos { paths: vec![path], includes, ..Protos::default() });
    outcome.expect_err(text).to_string()
}

#[test]
fn import_keeps_comments_and_line_breaks_of_a_file() {
    let policy =
        json!({ "name": "shop", "allow_rules": [{ "name": "all", "request": { "paths": ["*"] } }] }).to_string();
    let text = "syntax = \"proto3\";\nimport \"google/protobuf/empty.proto\"; /* of\n Google */ message M {\n}\nservice S {\n  rpc Get(M) returns (M);\n}\n";
    let (unix, ..) = run(System::Grpc, Some(&policy), &[("s.proto", text)]);
    let (dos, ..) = run(System::Grpc, Some(&policy), &[("s.proto", &text.replace('\n', "\r\n"))]);
    assert_eq!(dos, unix.replace('\n', "\r\n"));
    assert!(unix.contains("empty.proto\"; import \"secure/v1/options.proto\"; /* of\n Google */"), "{unix}");
}
