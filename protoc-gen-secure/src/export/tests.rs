use std::collections::BTreeMap;

use expect_test::expect;
use serde_json::{Value, json};

use super::*;
use crate::testing::{orders, request};

const SETTINGS: &str = r#"
tokens: { issuer: "https://id.example.com", audience: orders, jwks_uri: "https://id.example.com/keys" }
certificates: { trust_domains: [example.org] }
workload: { name: orders, namespace: shop }
"#;

pub(super) fn manifest(methods: &str) -> Manifest {
    let text = orders(&format!("service Orders {{ {methods} }}"));
    crate::generate(&request(&[("orders.proto", &text)])).expect("files").manifest
}

pub(super) fn rule(name: &str, rule: &str) -> String {
    format!("rpc {name}(Order) returns (Order) {{ option (secure.v1.method) = {{ {rule} }}; }}\n")
}

fn settings() -> Settings {
    Settings::parse(SETTINGS).expect("settings")
}

fn run(target: &str, methods: &str, allowed: Allowed) -> Result<Export, String> {
    let target = target.parse().expect("a target");
    export(target, manifest(methods), &settings(), allowed).map_err(|error| error.to_string())
}

pub(super) fn texts(export: &Export, format: Format) -> BTreeMap<String, String> {
    export.files.iter().map(|file| file.to_text(format).expect("text")).collect()
}

const ALL: [&str; 7] = ["cedar", "envoy", "gateway-api", "grpc", "istio", "opa", "opa-envoy"];

#[test]
fn inexpressible_conditions_are_named_and_stop_the_export() {
    let methods = [
        rule("Clerk", r#"required_roles: "clerk""#),
        rule("Star", r#"required_roles: "orders:*""#),
        rule("Dns", r#"authenticated: true, peers: "cart.internal""#),
        rule("Open", "public: true"),
    ]
    .concat();
    expect![
        "/shop.v1.Orders/Dns: not-expressible[peers]: Istio does not know DNS names of certificates
/shop.v1.Orders/Star: not-expressible[required_roles]: `orders:*` is a pattern in Istio"
    ]
    .assert_eq(&run("istio", &methods, Allowed::default()).expect_err("an error"));
    expect!["/shop.v1.Orders/Clerk: not-expressible[authenticated]: tokens are not known, and certificates do not prove a caller
/shop.v1.Orders/Dns: not-expressible[authenticated]: tokens are not known, and certificates do not prove a caller
/shop.v1.Orders/Star: not-expressible[authenticated]: tokens are not known, and certificates do not prove a caller"]
    .assert_eq(&run("grpc", &methods, Allowed::default()).expect_err("an error"));
    for target in ["envoy", "opa", "opa-envoy", "cedar", "gateway-api"] {
        assert!(run(target, &methods, Allowed::default()).expect("an export").report.is_exact(), "{target}");
    }
}

#[test]
fn partial_export_denies_methods_that_it_cannot_express() {
    let methods = rule("Clerk", r#"required_roles: "clerk""#) + &rule("Open", "public: true");
    let export = run("grpc", &methods, Allowed { partial: true, stricter: false }).expect("an export");
    let policy = serde_json::from_str::<Value>(&texts(&export, Format::Yaml)["policy.json"]).expect("JSON");
    let rules = json!([{ "name": "shop.v1.Orders/Open", "request": { "paths": ["/shop.v1.Orders/Open"] } }]);
    assert_eq!(policy, json!({ "name": "orders", "allow_rules": rules }));
}

#[test]
fn only_istio_refuses_bad_tokens_where_credentials_are_ignored() {
    let methods = rule("Login", "public: true, ignore_credentials: true") + &rule("Open", "public: true");
    for target in ALL.into_iter().filter(|target| *target != "istio") {
        assert!(run(target, &methods, Allowed::default()).expect("an export").report.is_exact(), "{target}");
    }
    let error = run("istio", &methods, Allowed::default()).expect_err("it is stricter");
    let loss = "stricter[ignore_credentials]: Istio refuses a bad token on every method";
    assert_eq!(error, format!("/shop.v1.Orders/Login: {loss}"));
}

#[test]
fn envoy_requires_no_token_where_credentials_are_ignored() {
    let methods = rule("Login", "public: true, ignore_credentials: true") + &rule("Open", "public: true");
    let export = run("envoy", &methods, Allowed::default()).expect("an export");
    let text = &texts(&export, Format::Json)["envoy.json"];
    let config = serde_json::from_str::<Value>(text).expect("JSON");
    let filters = config["http_filters"].as_array().expect("filters");
    let tokens = filters.iter().find(|filter| filter["name"] == "envoy.filters.http.jwt_authn").expect("tokens");
    let rules = tokens["typed_config"]["rules"].as_array().expect("rules");
    assert_eq!(rules[0], json!({ "match": { "path": "/shop.v1.Orders/Login" } }));
    assert_eq!(rules[1]["match"], json!({ "path": "/shop.v1.Orders/Open" }));
    assert_eq!(rules.len(), 3);
}

#[test]
fn bound_tokens_are_exported_only_to_engines_that_receive_the_credential() {
    let methods = rule("Bound", "authenticated: true, required_credentials: CREDENTIAL_BOUND_JWT");
    for target in ["envoy", "grpc", "istio", "opa-envoy"] {
        let error = run(target, &methods, Allowed::default()).expect_err("it is not expressible");
        assert!(error.starts_with("/shop.v1.Orders/Bound: not-expressible[required_credentials]: "), "{error}");
    }
    for target in ["cedar", "opa"] {
        assert!(run(target, &methods, Allowed::default()).expect("an export").report.is_exact(), "{target}");
    }
}

#[test]
fn every_engine_except_istio_compares_actors() {
    let any = rule("Any", "authenticated: true, delegation: { mode: DELEGATION_ALLOWED }");
    let some = rule(
        "Some",
        r#"authenticated: true, delegation: { mode: DELEGATION_ALLOWED, actors: "https://id.example.com#cart" }"#,
    );
    for target in ["cedar", "envoy", "gateway-api", "opa", "opa-envoy"] {
        let export = run(target, &(any.clone() + &some), Allowed::default()).expect("an export");
        assert!(export.report.is_exact(), "{target}");
    }
    assert!(run("istio", &any, Allowed::default()).expect("an export").report.is_exact());
    let error = run("istio", &some, Allowed::default()).expect_err("it is stricter");
    assert!(error.starts_with("/shop.v1.Orders/Some: stricter[delegation]: "), "{error}");
}

#[test]
fn delegated_tokens_are_refused_by_all_engines_that_see_tokens() {
    let methods = rule("Get", "authenticated: true") + &rule("Ping", "public: true");
    for (target, file, words, count) in [
        ("cedar", "policies.cedar", "principal has actor", 2),
        ("envoy", "envoy.json", r#""key":"act""#, 2),
        ("istio", "istio.json", "request.auth.claims[act][sub]", 2),
        ("opa", "policy.rego", "delegation_fits if not", 1),
    ] {
        let export = run(target, &methods, Allowed::default()).expect("an export");
        assert!(export.report.is_exact(), "{target}");
        let text = &texts(&export, Format::Json)[file];
        assert_eq!(text.matches(words).count(), count, "{target}: {text}");
    }
}

#[test]
fn a_stricter_policy_needs_permission() {
    let bound = r#"authenticated: true, owner: { field: "id", exempt_roles: "support" }"#;
    let text =
        r#"syntax = "proto3"; package shop.v1; import "secure/v1/options.proto"; message Order { string id = 1; }"#;
    let text = format!("{text}\nservice Orders {{ {} }}", rule("Get", bound));
    let manifest = crate::generate(&request(&[("orders.proto", &text)])).expect("files").manifest;
    for target in [TargetName::Envoy, TargetName::Istio, TargetName::OpaEnvoy] {
        let error = export(target, manifest.clone(), &settings(), Allowed::default()).expect_err("an error");
        let loss =
            "/shop.v1.Orders/Get: stricter[owner]: fields of the request are not known; only exempt roles are admitted";
        assert_eq!(error.to_string(), loss);
        let allowed = Allowed { stricter: true, partial: false };
        assert_eq!(export(target, manifest.clone(), &settings(), allowed).expect("an export").report.to_string(), loss);
    }
}

#[test]
fn every_export_denies_what_it_does_not_name() {
    let methods = rule("Closed", "denied: true") + &rule("Open", "public: true");
    for target in ALL {
        let export = run(target, &methods, Allowed::default()).expect("an export");
        let all = texts(&export, Format::Json).into_values().collect::<String>();
        assert!(all.contains("Open"), "{target}");
        // OPA's data says of it that it is denied.
        assert_eq!(all.contains("Closed"), target.starts_with("opa"), "{target}");
    }
}

#[test]
fn an_istio_policy_without_rules_denies_everything() {
    let export = run("istio", &rule("Closed", "denied: true"), Allowed::default()).expect("an export");
    let text = &texts(&export, Format::Yaml)["istio.yaml"];
    let policy = document::parse(text).expect("YAML").into_iter().find(|it| it["kind"] == "AuthorizationPolicy");
    let spec = json!({ "action": "ALLOW", "selector": { "matchLabels": { "app": "orders" } } });
    assert_eq!(policy.expect("a policy")["spec"], spec);
}

#[test]
fn yaml_and_json_exports_are_equal() {
    let odd = [
        ("A", "on"),
        ("B", "1e3"),
        ("C", "null"),
        ("D", "~1"),
        ("E", "0x1f"),
        ("F", "a: b # c"),
        ("G", "é\\\\2"),
        ("H", "1.0"),
    ];
    let methods = odd.map(|(name, role)| rule(name, &format!("required_roles: \"{role}\""))).concat();
    for target in ["envoy", "istio", "gateway-api"] {
        let export =
            run(target, &(methods.clone() + &rule("Open", "public: true")), Allowed::default()).expect("an export");
        let [yaml, json] = [Format::Yaml, Format::Json].map(|format| {
            let texts = texts(&export, format).into_values().collect::<Vec<_>>();
            document::parse(&texts[0]).expect("documents")
        });
        assert_eq!(yaml, json, "{target}");
        assert!(!yaml.is_empty());
    }
    // YAML 1.1 takes some words for booleans, and Kubernetes reads it.
    for word in ["on", "yes", "No", "y", "off", "1e3", "null", "0x1f", "012", "1_000", "1:30", "2026-11-26", "=", "<<"]
    {
        let file = File { name: "a", content: Content::Documents(vec![json!({ "value": word })]) };
        let (_, text) = file.to_text(Format::Yaml).expect("text");
        assert!(text == format!("value: \"{word}\"\n") || text == format!("value: '{word}'\n"), "{text}");
    }
}

#[test]
fn missing_or_unknown_setting_is_named() {
    for (text, expected) in [
        ("tokens: { issuer: a, audience: b }", "`jwks`, `jwks_file` or `jwks_uri`"),
        ("token: {}", "unknown field"),
        ("tokens: { issuer: a, audience: b, jwks: c, role: {} }", "unknown field"),
        ("certificates: { roles: { a: [b] }, roles: {} }", "duplicate"),
        (r#"certificates: { roles: { "*": [b] } }"#, "`certificates.roles`, and not `*`"),
        (r#"certificates: { roles: { "spiffe://example.org/ns/*": [b] } }"#, "`certificates.roles`"),
        (r#"certificates: { roles: { "spiffe://example.org/**": [b] } }"#, "`certificates.roles`"),
        (r#"certificates: { trust_domains: ["*"] }"#, "`certificates.trust_domains`, and not `*`"),
        ("certificates: { trust_domains: [example.org/ns] }", "`certificates.trust_domains`"),
        ("tokens: { issuer: a, audience: b, jwks_uri: 'http://a/b' }", "a `jwks_uri` like"),
        ("tokens: { issuer: a, audience: b, jwks_uri: 'https://a:x/b' }", "a `jwks_uri` like"),
        ("tokens: { issuer: a, audience: b, jwks_uri: 'https://[::1]:8443/b' }", "a `jwks_uri` like"),
        ("tokens: { issuer: a, audience: b, jwks_uri: 'https://c@a/b' }", "a `jwks_uri` like"),
    ] {
        let error = Settings::parse(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn leeway_that_envoy_or_the_server_takes_for_another_is_refused() {
    let methods = rule("Get", "authenticated: true");
    let envoy = |leeway: &str| {
        let settings = Settings::parse(&SETTINGS.replace("audience:", &format!("leeway: {leeway}, audience:")));
        export(TargetName::Envoy, manifest(&methods), &settings.expect("settings"), Allowed::default())
    };
    for leeway in ["0", "301", "4294967295"] {
        let error = envoy(leeway).expect_err(leeway).to_string();
        assert!(error.starts_with("the settings need a `leeway` from 1 to 300: "), "{error}");
    }
    for leeway in ["1", "300"] {
        let text = &texts(&envoy(leeway).expect("an export"), Format::Json)["envoy.json"];
        assert!(text.contains(&format!(r#""clock_skew_seconds":{leeway},"#)), "{text}");
    }
}

fn drift(target: &str, methods: &str, change: impl Fn(&mut String)) -> Vec<String> {
    let export = run(target, methods, Allowed::default()).expect("an export");
    let mut deployed = texts(&export, Format::Json);
    deployed.values_mut().for_each(change);
    check(&export, &deployed).expect("documents").iter().map(ToString::to_string).collect()
}

#[test]
fn unchanged_export_has_no_drift() {
    let methods = rule("Get", r#"required_roles: "clerk""#) + &rule("Open", "public: true");
    for target in ALL.into_iter().filter(|target| *target != "grpc") {
        assert_eq!(drift(target, &methods, |_| {}), [""; 0], "{target}");
    }
}

#[test]
fn drift_names_the_policy_that_differs() {
    let methods = rule("Get", r#"required_roles: "clerk""#) + &rule("Open", "public: true");
    let changes: [(&str, &str, &str, &str); 7] = [
        ("envoy", "\"clerk\"", "\"clerks\"", "drift[differs]: `shop.v1.Orders/Get`"),
        ("envoy", "\"shop.v1.Orders/Get\"", "\"shop.v1.Orders/Got\"", "drift[missing]: `shop.v1.Orders/Get`"),
        ("envoy", "\"shop.v1.Orders/Get\"", "\"shop.v1.Orders/Got\"", "drift[unknown]: `shop.v1.Orders/Got`"),
        ("envoy", "\"require_expiration\":true", "\"require_expiration\":false", "drift[differs]: `JwtAuthentication`"),
        ("envoy", "http.rbac.v3.RBAC", "http.router.v3.Router", "drift[missing]: `RBAC`"),
        ("istio", "\"STRICT\"", "\"PERMISSIVE\"", "drift[differs]: `PeerAuthentication/shop/orders`"),
        ("opa", "clerk", "clerks", "drift[differs]: `data.json`"),
    ];
    for (target, from, to, expected) in changes {
        let found = drift(target, &methods, |text| *text = text.replace(from, to));
        assert!(found.iter().any(|drift| drift.starts_with(expected)), "{target} {to}: {found:?}");
    }
}

#[test]
fn a_route_that_switches_a_filter_off_is_drift() {
    let off = r#"{"typed_per_filter_config":{"envoy.filters.http.rbac":{}},"http_filters":"#;
    let found = drift("envoy", &rule("Open", "public: true"), |text| *text = text.replace(r#"{"http_filters":"#, off));
    assert_eq!(
        found,
        ["drift[override]: `typed_per_filter_config envoy.filters.http.rbac` exempts calls from the rules"]
    );
}
