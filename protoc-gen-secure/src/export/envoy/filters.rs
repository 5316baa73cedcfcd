//! The filters of one connection manager, in order: gRPC-Web, CORS, tokens, rules, router.
//!
//! Large values are assigned to members: `json!` would copy them.

use serde_json::{Map, Value, json};

use super::super::rules::Method;
use super::super::settings::{Claim, Form, Settings, Tokens};
use super::{Admitted, Needs};

pub(super) fn chain(settings: &Settings, policies: &[(&Method, Admitted)]) -> Vec<Value> {
    let has_origins = !settings.envoy.cors_origins.is_empty();
    let web = settings.envoy.grpc_web.then(|| filter("grpc_web", "GrpcWeb", json!({})));
    let cors = has_origins.then(|| filter("cors", "Cors", json!({})));
    let tokens = settings.tokens.as_ref();
    let tokens = tokens.map(|tokens| filter("jwt_authn", "JwtAuthentication", jwt_authn(tokens, policies)));
    let mut rules = json!({});
    rules["rules"] = rbac(policies);
    let rules = filter("rbac", "RBAC", rules);
    let router = filter("router", "Router", json!({}));
    web.into_iter().chain(cors).chain(tokens).chain([rules, router]).collect()
}

fn filter(name: &str, message: &str, mut config: Value) -> Value {
    config["@type"] = json!(format!("type.googleapis.com/envoy.extensions.filters.http.{name}.v3.{message}"));
    let mut filter = json!({ "name": format!("envoy.filters.http.{name}") });
    filter["typed_config"] = config;
    filter
}

/// An allow-list: what no policy admits is denied.
fn rbac(policies: &[(&Method, Admitted)]) -> Value {
    let policies = policies.iter().map(|(method, admitted)| {
        let permission = json!({ "url_path": { "path": { "exact": method.path } } });
        (method.name().to_owned(), json!({ "permissions": [permission], "principals": [admitted.principal] }))
    });
    let mut rules = json!({ "action": "ALLOW" });
    rules["policies"] = policies.collect::<Map<_, _>>().into();
    rules
}

/// The first rule whose path fits decides.
fn jwt_authn(tokens: &Tokens, policies: &[(&Method, Admitted)]) -> Value {
    let of_need = |need: Needs| policies.iter().filter(move |(_, admitted)| admitted.needs == need);
    let ignored = of_need(Needs::Nothing).map(|(method, _)| json!({ "match": { "path": method.path } }));
    let optional = policies.iter().filter(|(_, admitted)| admitted.needs == Needs::NoToken);
    let requires =
        json!({ "requires_any": { "requirements": [{ "provider_name": PROVIDER }, { "allow_missing": {} }] } });
    let optional = optional.map(|(method, _)| json!({ "match": { "path": method.path }, "requires": requires }));
    let others = json!({ "match": { "prefix": "/" }, "requires": { "provider_name": PROVIDER } });
    json!({
        "providers": { PROVIDER: provider(tokens) },
        "rules": ignored.chain(optional).chain([others]).collect::<Vec<_>>(),
        "bypass_cors_preflight": true,
    })
}

fn provider(tokens: &Tokens) -> Value {
    let split = [&tokens.roles, &tokens.scopes].into_iter().filter(|claim| claim.form == Form::Words);
    let split = split.filter_map(|Claim { claim, .. }| claim.first()).collect::<Vec<_>>();
    let mut provider = json!({
        "issuer": tokens.issuer,
        "audiences": [tokens.audience],
        "from_headers": [{ "name": "authorization", "value_prefix": "Bearer " }],
        "forward": true, // the server verifies it, too
        "payload_in_metadata": "payload",
        "require_expiration": true,
        "clock_skew_seconds": tokens.leeway,
    });
    if !split.is_empty() {
        provider["normalize_payload_in_metadata"] = json!({ "space_delimited_claims": split });
    }
    match (&tokens.jwks, &tokens.jwks_uri) {
        (Some(jwks), _) => provider["local_jwks"] = json!({ "inline_string": jwks }),
        (None, uri) => provider["remote_jwks"] = remote(uri.as_deref().unwrap_or_default()),
    }
    provider
}

fn remote(uri: &str) -> Value {
    json!({
        "http_uri": { "uri": uri, "cluster": KEYS, "timeout": "5s" },
        "cache_duration": "600s",
        "async_fetch": { "fast_listener": false },
    })
}

const PROVIDER: &str = "tokens";

/// The cluster of the key set.
pub(super) const KEYS: &str = "keys";
