//! Listeners, and the connection managers in them.

use super::{Drift, MANAGER, Members, exempt, list, others, type_of, unknown};

/// Filters of a listener that could forward a connection past the rules, filter chains from elsewhere, and members of a manager that could change or
/// forward a call.
pub(super) fn overrides(members: &Members) -> Vec<Drift> {
    let chains = members.get("filter_chains").map(list).into_iter().flatten();
    let chains = chains.chain(members.get("default_filter_chain"));
    let mut drifts = chains.flat_map(|chain| others("network filter", &chain["filters"], &NETWORK)).collect::<Vec<_>>();
    drifts.extend(members.get("listener_filters").into_iter().flat_map(|it| others("listener filter", it, &LISTENER)));
    drifts.extend(members.get("fcds_config").map(|_| exempt("fcds_config")));
    if type_of(members) == Some(MANAGER) {
        drifts.extend(unknown(Some(members), &MEMBERS));
    }
    drifts
}

/// The manager, and filters that can only close a connection.
const NETWORK: [&str; 4] = [
    MANAGER,
    "envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit",
    "envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit",
    "envoy.extensions.filters.network.rbac.v3.RBAC",
];

/// Filters that only read.
const LISTENER: [&str; 2] = [
    "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector",
    "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
];

/// Not `upgrade_configs`, which has filters of its own, nor what changes headers, nor a path for the filters alone.
const MEMBERS: [&str; 37] = [
    "@type",
    "access_log",
    "access_log_options",
    "always_set_request_id_in_response",
    "codec_type",
    "common_http_protocol_options",
    "delayed_close_timeout",
    "drain_timeout",
    "generate_request_id",
    "http2_protocol_options",
    "http3_protocol_options",
    "http_filters",
    "http_protocol_options",
    "internal_address_config",
    "max_request_headers_kb",
    "merge_slashes",
    "normalize_path",
    "path_with_escaped_slashes_action",
    "preserve_external_request_id",
    "proxy_100_continue",
    "rds",
    "request_headers_timeout",
    "request_id_extension",
    "request_timeout",
    "route_config",
    "server_header_transformation",
    "server_name",
    "skip_xff_append",
    "stat_prefix",
    "stream_error_on_invalid_http_message",
    "stream_flush_timeout",
    "stream_idle_timeout",
    "strip_any_host_port",
    "strip_matching_host_port",
    "tracing",
    "use_remote_address",
    "xff_num_trusted_hops",
];
