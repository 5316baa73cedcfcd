//! A configuration of Envoy, or a dump of a running one.
//!
//! It is searched for all that decides about calls or forwards them. The check accepts only what it knows to leave the
//! rules in force: a new filter or member of Envoy is drift until it is listed here.

mod chain;
mod listener;
mod route;
mod source;

use serde_json::{Map, Value};

use super::value::is_default;
use super::{Drift, Kind};

type Members = Map<String, Value>;

/// Compares every list of filters that is deployed with the one that was exported.
pub(super) fn check(documents: &[Value], deployed: &[Value]) -> Vec<Drift> {
    let expected = documents.iter().flat_map(chain::chains).next().unwrap_or_default();
    let found = deployed.iter().flat_map(chain::chains).collect::<Vec<_>>();
    let mut drifts = source::missing(deployed);
    if found.is_empty() {
        drifts.push(Drift::new(Kind::Missing, chain::RULES));
    }
    drifts.extend(found.iter().flat_map(|found| chain::compare(&expected, found)));
    let mut see = |members: &Members| {
        let parts = [spelling, listener::overrides, chain::overrides, route::overrides];
        drifts.extend(parts.iter().flat_map(|overrides| overrides(members)));
    };
    deployed.iter().for_each(|document| visit(document, &mut see));
    drifts
}

/// Envoy reads `httpFilters`, too. The search for `http_filters` would pass it over.
fn spelling(members: &Members) -> Vec<Drift> {
    let is_searched = |name: &str| SEARCHED.iter().any(|searched| heck::AsLowerCamelCase(searched).to_string() == name);
    let names = members.keys().filter(|name| name.contains(|letter: char| letter.is_ascii_uppercase()));
    names.filter(|name| is_searched(name)).map(exempt).collect()
}

/// The members that are set and not known.
fn unknown(members: Option<&Members>, known: &[&str]) -> Vec<Drift> {
    let members = members.into_iter().flatten();
    let set = members.filter(|(name, value)| !is_default(name, value)).map(|(name, _)| name);
    set.filter(|name| !known.contains(&name.as_str())).map(exempt).collect()
}

fn exempt(subject: impl Into<String>) -> Drift {
    Drift::new(Kind::Override, subject)
}

/// The type of an `Any`, such as `envoy.config.route.v3.RouteConfiguration`.
fn type_of(members: &Members) -> Option<&str> {
    members.get("@type")?.as_str()?.rsplit('/').next()
}

/// The type of a filter's configuration. Empty if the configuration is not here.
fn type_of_filter(filter: &Value) -> &str {
    filter["typed_config"].as_object().and_then(type_of).unwrap_or_default()
}

/// Filters by name, without those that have one of the types.
fn others(what: &str, filters: &Value, known: &[&str]) -> Vec<Drift> {
    let others = list(filters).iter().filter(|filter| !known.contains(&type_of_filter(filter)));
    others.map(|filter| exempt(format!("{what} {}", filter["name"].as_str().unwrap_or_default()))).collect()
}

/// Empty if it is no list.
fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn visit(value: &Value, see: &mut impl FnMut(&Members)) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| visit(value, see)),
        Value::Object(members) => {
            see(members);
            members.values().for_each(|value| visit(value, see));
        }
        _ => {}
    }
}

/// The members that the search looks for.
const SEARCHED: [&str; 10] = [
    "default_filter_chain",
    "fcds_config",
    "filter_chains",
    "http_filters",
    "lds_config",
    "lds_resources_locator",
    "listener_filters",
    "rds",
    "typed_per_filter_config",
    "virtual_hosts",
];

const MANAGER: &str = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
