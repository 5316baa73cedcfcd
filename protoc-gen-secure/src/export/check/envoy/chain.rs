//! The HTTP filters of connection managers, and the filters of clusters.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::value::normal;
use super::{Drift, Kind, MANAGER, Members, exempt, list, others, type_of, type_of_filter, unknown, visit};

/// The filters that decide, in their order.
pub(super) type Chain = Vec<(String, Value)>;

/// The filters of every connection manager, and of an export without one. A manager without filters has an empty chain.
pub(super) fn chains(document: &Value) -> Vec<Chain> {
    let mut chains = Vec::new();
    visit(document, &mut |members| {
        let filters = members.get("http_filters");
        match (type_of(members), filters) {
            (Some(MANAGER), _) | (None, Some(_)) => chains.push(chain(filters.unwrap_or_default())),
            _ => {}
        }
    });
    chains
}

fn chain(filters: &Value) -> Chain {
    let filters = list(filters).iter().map(|filter| (kind(filter), normal(filter)));
    filters.filter(|(kind, _)| DECIDE.contains(&kind.as_str())).collect()
}

/// `RBAC`, of a filter whose configuration has that type.
fn kind(filter: &Value) -> String {
    type_of_filter(filter).rsplit('.').next().unwrap_or_default().to_owned()
}

/// Filters that could change or forward a call without the rules, and configurations of routes that switch a filter off.
pub(super) fn overrides(members: &Members) -> Vec<Drift> {
    let mut drifts = per_route(members);
    let Some(filters) = members.get("http_filters") else { return drifts };
    match type_of(members) {
        Some(MANAGER) | None => drifts.extend(others("filter", filters, &FILTERS)),
        Some(_) => drifts.extend(others("filter", filters, &[CODEC])),
    }
    let routers = list(filters).iter().filter(|filter| type_of_filter(filter) == ROUTER);
    drifts.extend(routers.flat_map(|router| unknown(router["typed_config"].as_object(), &ROUTER_MEMBERS)));
    drifts
}

/// Envoy finds these by the name of the filter, which may be any. The type says what they do.
fn per_route(members: &Members) -> Vec<Drift> {
    let configs = members.get("typed_per_filter_config").and_then(Value::as_object).into_iter().flatten();
    let others = configs.filter(|(_, config)| config.as_object().and_then(type_of) != Some(CORS_POLICY));
    others.map(|(name, _)| exempt(format!("typed_per_filter_config {name}"))).collect()
}

pub(super) fn compare(expected: &Chain, found: &Chain) -> Vec<Drift> {
    let kinds = |chain: &Chain| chain.iter().map(|(kind, _)| kind.clone()).collect::<Vec<_>>();
    if kinds(expected) != kinds(found) {
        let missing = kinds(expected).into_iter().filter(|kind| !kinds(found).contains(kind)).collect::<Vec<_>>();
        let drifts = missing.iter().map(|kind| Drift::new(Kind::Missing, kind)).collect::<Vec<_>>();
        return if drifts.is_empty() { vec![Drift::new(Kind::Differs, "http_filters")] } else { drifts };
    }
    expected.iter().zip(found).flat_map(|((kind, expected), (_, found))| filter(kind, expected, found)).collect()
}

fn filter(kind: &str, expected: &Value, found: &Value) -> Vec<Drift> {
    let switches = found.as_object().into_iter().flatten().map(|(name, _)| name);
    let switches = switches.filter(|name| !["name", "typed_config"].contains(&name.as_str()));
    let mut drifts = switches.map(|name| exempt(format!("{name} {kind}"))).collect::<Vec<_>>();
    let (mut expected, mut found) = (expected["typed_config"].clone(), found["typed_config"].clone());
    if kind == RULES {
        // Envoy enforces nothing without `rules`; rules without policies deny everything.
        if !found["rules"].is_object() {
            return [drifts, vec![Drift::new(Kind::Missing, RULES)]].concat();
        }
        drifts.extend(policies(&take_policies(&mut expected), &take_policies(&mut found)));
    }
    if expected != found {
        drifts.push(Drift::new(Kind::Differs, kind));
    }
    drifts
}

fn take_policies(config: &mut Value) -> Map<String, Value> {
    let rules = config.get_mut("rules").and_then(Value::as_object_mut);
    match rules.and_then(|rules| rules.remove("policies")) {
        Some(Value::Object(policies)) => policies,
        _ => Map::new(),
    }
}

fn policies(expected: &Map<String, Value>, found: &Map<String, Value>) -> Vec<Drift> {
    let names = expected.keys().chain(found.keys()).collect::<BTreeSet<_>>();
    let drift = |name: &String| match (expected.get(name), found.get(name)) {
        (Some(expected), Some(found)) if expected == found => None,
        (Some(_), Some(_)) => Some(Drift::new(Kind::Differs, name)),
        (Some(_), None) => Some(Drift::new(Kind::Missing, name)),
        (None, _) => Some(Drift::new(Kind::Unknown, name)),
    };
    names.into_iter().filter_map(drift).collect()
}

pub(super) const RULES: &str = "RBAC";
const DECIDE: [&str; 2] = ["JwtAuthentication", RULES];

/// Filters that decide, and filters that neither change the path, the credentials or the verified claims of a call nor
/// forward it.
const FILTERS: [&str; 8] = [
    "envoy.extensions.filters.http.cors.v3.Cors",
    "envoy.extensions.filters.http.fault.v3.HTTPFault",
    "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig",
    "envoy.extensions.filters.http.grpc_web.v3.GrpcWeb",
    "envoy.extensions.filters.http.health_check.v3.HealthCheck",
    "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
    "envoy.extensions.filters.http.rbac.v3.RBAC",
    ROUTER,
];

const ROUTER: &str = "envoy.extensions.filters.http.router.v3.Router";

/// Not `upstream_http_filters`: they see a call after the rules.
const ROUTER_MEMBERS: [&str; 8] = [
    "@type",
    "dynamic_stats",
    "respect_expected_rq_timeout",
    "start_child_span",
    "strict_check_headers",
    "suppress_envoy_headers",
    "suppress_grpc_request_failure_code_stats",
    "upstream_log",
];

/// The one filter of a cluster that changes nothing.
const CODEC: &str = "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec";

const CORS_POLICY: &str = "envoy.extensions.filters.http.cors.v3.CorsPolicy";
