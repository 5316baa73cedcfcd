//! A whole configuration: a listener with TLS, the filters, and the server behind them.
//!
//! Large values are assigned to members: `json!` would copy them.

use serde_json::{Value, json};

use super::super::settings::{Listener, Settings, Tokens, Upstream};
use super::filters::KEYS;

pub(super) fn bootstrap(settings: &Settings, listener: &Listener, filters: Vec<Value>) -> Value {
    let tokens = settings.tokens.as_ref().filter(|tokens| tokens.jwks.is_none());
    let keys = tokens.and_then(Tokens::key_server).map(|(host, port)| keys(host, port));
    let clusters = [upstream(&listener.upstream)].into_iter().chain(keys).collect::<Vec<_>>();
    let mut configuration = json!({ "static_resources": { "clusters": clusters, "listeners": [{
        "name": "grpc",
        "address": address(&listener.address, listener.port),
        "filter_chains": [{
            "transport_socket": tls("Downstream", downstream(listener)),
            "filters": [{ "name": "envoy.filters.network.http_connection_manager" }],
        }],
    }] } });
    let filter = &mut configuration["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0];
    filter["typed_config"] = manager(settings, filters);
    configuration
}

fn manager(settings: &Settings, filters: Vec<Value>) -> Value {
    let mut host = json!({
        "name": "grpc",
        "domains": ["*"],
        // Streams have no end of their own.
        "routes": [{ "match": { "prefix": "/" }, "route": { "cluster": SERVER, "timeout": "0s" } }],
    });
    if !settings.envoy.cors_origins.is_empty() {
        host["typed_per_filter_config"] = json!({ "envoy.filters.http.cors": cors(&settings.envoy.cors_origins) });
    }
    let mut manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "grpc",
        "codec_type": "AUTO",
        "stream_idle_timeout": "0s",
        "route_config": { "virtual_hosts": [host] },
    });
    manager["http_filters"] = filters.into();
    manager
}

/// No cookies: a request that a page did not mean to send carries no credential.
fn cors(origins: &[String]) -> Value {
    json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy",
        "allow_origin_string_match": origins.iter().map(|origin| json!({ "exact": origin })).collect::<Vec<_>>(),
        "allow_methods": "POST",
        "allow_headers": "authorization,content-type,grpc-timeout,x-grpc-web,x-user-agent",
        "expose_headers": "grpc-status,grpc-message,grpc-status-details-bin",
        "max_age": "600",
    })
}

fn downstream(listener: &Listener) -> Value {
    let mut common = json!({
        "alpn_protocols": ["h2", "http/1.1"],
        "tls_params": { "tls_minimum_protocol_version": "TLSv1_3", "tls_maximum_protocol_version": "TLSv1_3" },
        "tls_certificates": [{
            "certificate_chain": { "filename": listener.certificate },
            "private_key": { "filename": listener.key },
        }],
    });
    if let Some(roots) = &listener.client_roots {
        common["validation_context"] = json!({ "trusted_ca": { "filename": roots } });
    }
    json!({ "common_tls_context": common, "disable_stateless_session_resumption": true })
}

/// The server accepts TLS 1.3 only, and Envoy offers at most 1.2 by default.
fn upstream(upstream: &Upstream) -> Value {
    let options = json!({
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": { "http2_protocol_options": {} },
    });
    let name = json!({ "san_type": "DNS", "matcher": { "exact": upstream.name } });
    let common = json!({
        "alpn_protocols": ["h2"],
        "tls_params": { "tls_minimum_protocol_version": "TLSv1_3", "tls_maximum_protocol_version": "TLSv1_3" },
        "validation_context": {
            "trusted_ca": { "filename": upstream.roots },
            "match_typed_subject_alt_names": [name],
        },
    });
    let socket = tls("Upstream", json!({ "sni": upstream.name, "common_tls_context": common }));
    let mut cluster = cluster(SERVER, &upstream.address, upstream.port, socket);
    cluster["typed_extension_protocol_options"] =
        json!({ "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options });
    cluster
}

/// Where the key set is. Its host is verified with the roots of the system.
fn keys(host: &str, port: u16) -> Value {
    let name = json!({ "san_type": "DNS", "matcher": { "exact": host } });
    let validation = json!({
        "trusted_ca": { "filename": "/etc/ssl/certs/ca-certificates.crt" },
        "match_typed_subject_alt_names": [name],
    });
    let socket = tls("Upstream", json!({ "sni": host, "common_tls_context": { "validation_context": validation } }));
    cluster(KEYS, host, port, socket)
}

fn cluster(name: &str, host: &str, port: u16, socket: Value) -> Value {
    json!({
        "name": name,
        "type": "STRICT_DNS",
        "connect_timeout": "5s",
        "transport_socket": socket,
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{ "lb_endpoints": [{ "endpoint": { "address": address(host, port) } }] }],
        },
    })
}

fn tls(side: &str, mut context: Value) -> Value {
    let package = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3";
    context["@type"] = json!(format!("{package}.{side}TlsContext"));
    json!({ "name": "envoy.transport_sockets.tls", "typed_config": context })
}

fn address(host: &str, port: u16) -> Value {
    json!({ "socket_address": { "address": host, "port_value": port } })
}

/// The cluster of the server.
const SERVER: &str = "server";
