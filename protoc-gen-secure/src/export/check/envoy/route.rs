//! Routes: which calls go where, and what becomes of them on the way.

use serde_json::Value;

use super::{Drift, Members, list, unknown};

/// Members of routes that could change a call after the rules, or forward it to where the rules do not say.
pub(super) fn overrides(members: &Members) -> Vec<Drift> {
    let Some(hosts) = members.get("virtual_hosts") else { return Vec::new() };
    let mut drifts = unknown(Some(members), &[&HEAD[..], &CONFIGURATION[..]].concat());
    drifts.extend(list(hosts).iter().flat_map(host));
    drifts
}

fn host(host: &Value) -> Vec<Drift> {
    let routes = list(&host["routes"]).iter().flat_map(route);
    unknown(host.as_object(), &[&HEAD[..], &HOST[..]].concat()).into_iter().chain(routes).collect()
}

fn route(route: &Value) -> Vec<Drift> {
    let action = &route["route"];
    let weighted = &action["weighted_clusters"];
    let clusters = list(&weighted["clusters"]).iter();
    let clusters = clusters.flat_map(|cluster| unknown(cluster.as_object(), &[&HEAD[..], &["weight"]].concat()));
    let drifts = [
        unknown(route.as_object(), &[&HEAD[..], &ROUTE[..]].concat()),
        unknown(action.as_object(), &ACTION),
        unknown(weighted.as_object(), &["clusters", "runtime_key_prefix", "total_weight"]),
    ];
    drifts.into_iter().flatten().chain(clusters).collect()
}

/// At every level. Only headers of responses may be changed: a header of a request may be a credential.
const HEAD: [&str; 5] =
    ["metadata", "name", "response_headers_to_add", "response_headers_to_remove", "typed_per_filter_config"];

const CONFIGURATION: [&str; 7] = [
    "@type",
    "ignore_port_in_host_matching",
    "internal_only_headers",
    "max_direct_response_body_size_bytes",
    "most_specific_header_mutations_wins",
    "validate_clusters",
    "virtual_hosts",
];

const HOST: [&str; 9] = [
    "domains",
    "include_attempt_count_in_response",
    "include_request_attempt_count",
    "per_request_buffer_limit_bytes",
    "rate_limits",
    "require_tls",
    "retry_policy",
    "routes",
    "virtual_clusters",
];

const ROUTE: [&str; 8] = [
    "decorator",
    "direct_response",
    "match",
    "per_request_buffer_limit_bytes",
    "redirect",
    "route",
    "stat_prefix",
    "tracing",
];

/// The host may be rewritten: no rule is about it.
const ACTION: [&str; 14] = [
    "auto_host_rewrite",
    "cluster",
    "cluster_not_found_response_code",
    "grpc_timeout_offset",
    "hash_policy",
    "host_rewrite_literal",
    "idle_timeout",
    "max_grpc_timeout",
    "max_stream_duration",
    "priority",
    "rate_limits",
    "retry_policy",
    "timeout",
    "weighted_clusters",
];
