//! Filters of Envoy, in a configuration or in a dump of a running one.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::value::normal;
use super::{Drift, Kind};

/// Compares every list of filters that is deployed with the one that was exported.
pub(super) fn check(documents: &[Value], deployed: &[Value]) -> Vec<Drift> {
    let expected = documents.iter().flat_map(chains).next().unwrap_or_default();
    let found = deployed.iter().flat_map(chains).collect::<Vec<_>>();
    let mut drifts = deployed.iter().flat_map(overrides).collect::<Vec<_>>();
    if found.is_empty() {
        drifts.push(Drift::new(Kind::Missing, RULES));
    }
    drifts.extend(found.iter().flat_map(|found| compare(&expected, found)));
    drifts
}

/// The filters that decide, in their order.
type Chain = Vec<(String, Value)>;

/// Every `http_filters` of a connection manager, or of an export without one, with the filters that decide. Clusters have
/// filters of that name, too.
fn chains(document: &Value) -> Vec<Chain> {
    let mut chains = Vec::new();
    visit(document, &mut |members| {
        let is_manager = |kind: &Value| kind.as_str().is_some_and(|kind| kind.ends_with(".HttpConnectionManager"));
        let filters = members.get("http_filters").and_then(Value::as_array);
        let Some(filters) = filters.filter(|_| members.get("@type").is_none_or(is_manager)) else { return };
        let filters = filters.iter().map(|filter| (kind(filter), normal(filter)));
        chains.push(filters.filter(|(kind, _)| DECIDE.contains(&kind.as_str())).collect());
    });
    chains
}

/// `RBAC`, of a filter whose configuration has that type.
fn kind(filter: &Value) -> String {
    filter["typed_config"]["@type"].as_str().and_then(|kind| kind.rsplit('.').next()).unwrap_or_default().to_owned()
}

/// Routes and filters that switch a filter off.
fn overrides(document: &Value) -> Vec<Drift> {
    let mut drifts = Vec::new();
    visit(document, &mut |members| {
        let configs = members.get("typed_per_filter_config").and_then(Value::as_object).into_iter().flatten();
        let names = configs.map(|(name, _)| name).filter(|name| *name != "envoy.filters.http.cors");
        drifts.extend(names.map(|name| Drift::new(Kind::Override, format!("typed_per_filter_config {name}"))));
    });
    drifts
}

fn compare(expected: &Chain, found: &Chain) -> Vec<Drift> {
    let kinds = |chain: &Chain| chain.iter().map(|(kind, _)| kind.clone()).collect::<Vec<_>>();
    if kinds(expected) != kinds(found) {
        let missing = kinds(expected).into_iter().filter(|kind| !kinds(found).contains(kind)).collect::<Vec<_>>();
        let drifts = missing.iter().map(|kind| Drift::new(Kind::Missing, kind)).collect::<Vec<_>>();
        return if drifts.is_empty() { vec![Drift::new(Kind::Differs, "http_filters")] } else { drifts };
    }
    expected.iter().zip(found).flat_map(|((kind, expected), (_, found))| filter(kind, expected, found)).collect()
}

fn filter(kind: &str, expected: &Value, found: &Value) -> Vec<Drift> {
    let mut drifts = Vec::new();
    if found["disabled"] == true {
        drifts.push(Drift::new(Kind::Override, format!("disabled {kind}")));
    }
    let (mut expected, mut found) = (expected["typed_config"].clone(), found["typed_config"].clone());
    if kind == RULES {
        drifts.extend(policies(&take_policies(&mut expected), &take_policies(&mut found)));
    }
    if expected != found {
        drifts.push(Drift::new(Kind::Differs, kind));
    }
    drifts
}

fn take_policies(config: &mut Value) -> Map<String, Value> {
    match config["rules"]["policies"].take() {
        Value::Object(policies) => policies,
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

fn visit(value: &Value, see: &mut impl FnMut(&Map<String, Value>)) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| visit(value, see)),
        Value::Object(members) => {
            see(members);
            members.values().for_each(|value| visit(value, see));
        }
        _ => {}
    }
}

const RULES: &str = "RBAC";
const DECIDE: [&str; 2] = ["JwtAuthentication", RULES];
