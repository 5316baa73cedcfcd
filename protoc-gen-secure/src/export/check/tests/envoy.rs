use serde_json::json;

use super::*;

const LISTENER: &str = r"
envoy:
  cors_origins: [https://shop.example.com]
  listener:
    { address: 0.0.0.0, port: 8443, certificate: a, key: b,
      upstream: { address: orders, port: 50051, roots: c, name: orders } }
";

/// A whole configuration.
fn gateway() -> Export {
    let methods = rule("Get", r#"required_roles: "clerk""#) + &rule("Ping", "public: true");
    exported(TargetName::Envoy, &format!("{TOKENS}{LISTENER}"), &methods)
}

fn listeners(config: &mut Value) -> &mut Vec<Value> {
    config["static_resources"]["listeners"].as_array_mut().expect("listeners")
}

fn manager(config: &mut Value) -> &mut Value {
    &mut listeners(config)[0]["filter_chains"][0]["filters"][0]["typed_config"]
}

fn filters(config: &mut Value) -> &mut Vec<Value> {
    manager(config)["http_filters"].as_array_mut().expect("filters")
}

fn host(config: &mut Value) -> &mut Value {
    &mut manager(config)["route_config"]["virtual_hosts"][0]
}

/// A second listener with one network filter.
fn listen(config: &mut Value, filter: Value) {
    let mut listener = listeners(config)[0].clone();
    listener["name"] = json!("second");
    listener["filter_chains"][0]["filters"] = json!([filter]);
    listeners(config).push(listener);
}

fn extension(name: &str, config: &str) -> Value {
    let kind = format!("type.googleapis.com/envoy.extensions.filters.{config}");
    json!({ "name": name, "typed_config": { "@type": kind } })
}

#[track_caller]
fn finds(expected: &[&str], change: impl FnOnce(&mut Value)) {
    let export = gateway();
    let mut config = document(&export);
    change(&mut config);
    let found = drifts(&export, &[&config]);
    let found = found.iter().map(|drift| drift.rsplit_once('`').expect("a subject").0);
    assert_eq!(found.collect::<Vec<_>>(), expected.iter().map(|it| it.replace(": ", ": `")).collect::<Vec<_>>());
}

#[test]
fn connection_manager_without_filters_is_drift() {
    let missing = ["drift[missing]: JwtAuthentication", "drift[missing]: RBAC"];
    for filters in [None, Some(json!([])), Some(json!({}))] {
        finds(&missing, |config| {
            let mut open = manager(config).clone();
            open.as_object_mut().expect("members").remove("http_filters");
            if let Some(filters) = filters {
                open["http_filters"] = filters;
            }
            listen(config, json!({ "name": "open", "typed_config": open }));
        });
    }
}

#[test]
fn rbac_filter_without_rules_is_drift_although_every_method_is_denied() {
    let export = exported(TargetName::Envoy, TOKENS, &rule("Closed", "denied: true"));
    let good = document(&export);
    assert_eq!(drifts(&export, &[&good]), [""; 0]);
    let mut none = good.clone();
    for rules in [None, Some(json!(null)), Some(json!([])), Some(json!(false))] {
        let config = none["http_filters"][1]["typed_config"].as_object_mut().expect("members");
        config.remove("rules");
        config.extend(rules.map(|rules| ("rules".to_owned(), rules)));
        assert_eq!(drifts(&export, &[&none]), ["drift[missing]: `RBAC` is not deployed"], "{none}");
    }
    let mut shadow = none;
    shadow["http_filters"][1]["typed_config"]["shadow_rules"] = json!({ "action": "ALLOW" });
    assert!(drifts(&export, &[&shadow]).contains(&"drift[missing]: `RBAC` is not deployed".to_owned()));
    let mut empty = good;
    empty["http_filters"][1]["typed_config"]["rules"] = json!({});
    assert_eq!(drifts(&export, &[&empty]), [""; 0], "it denies everything, too");
}

#[test]
fn connection_that_no_manager_handles_is_drift() {
    let tcp = extension("tcp", "network.tcp_proxy.v3.TcpProxy");
    finds(&["drift[override]: network filter tcp"], |config| listen(config, tcp.clone()));
    finds(&["drift[override]: network filter tcp"], |config| {
        listeners(config)[0]["default_filter_chain"] = json!({ "filters": [tcp] });
    });
    finds(&["drift[override]: network filter later"], |config| {
        listen(config, json!({ "name": "later", "config_discovery": {} }));
    });
    finds(&["drift[override]: listener filter udp"], |config| {
        let udp = extension("udp", "udp.udp_proxy.v3.UdpProxyConfig");
        listeners(config).push(json!({ "name": "second", "listener_filters": [udp] }));
    });
}

#[test]
fn route_that_changes_a_call_after_the_rules_is_drift() {
    for member in
        ["prefix_rewrite", "regex_rewrite", "path_rewrite_policy", "upgrade_configs", "internal_redirect_policy"]
    {
        finds(&[&format!("drift[override]: {member}")], |config| {
            let route = json!({ "match": { "path": "/a" }, "route": { "cluster": "server", member: "/b" } });
            host(config)["routes"].as_array_mut().expect("routes").insert(0, route);
        });
    }
    let header = json!([{ "header": { "key": "authorization", "value": "Bearer admin" } }]);
    let expected = ["drift[override]: request_headers_to_add"];
    finds(&expected, |config| host(config)["request_headers_to_add"] = header.clone());
    finds(&expected, |config| host(config)["routes"][0]["request_headers_to_add"] = header.clone());
    finds(&expected, |config| manager(config)["route_config"]["request_headers_to_add"] = header.clone());
    finds(&expected, |config| {
        let cluster = json!({ "name": "server", "weight": 1, "request_headers_to_add": header });
        host(config)["routes"][0]["route"] = json!({ "weighted_clusters": { "clusters": [cluster] } });
    });
    finds(&["drift[override]: matcher"], |config| host(config)["matcher"] = json!({}));
}

#[test]
fn filter_that_the_check_does_not_know_is_drift() {
    let lua = extension("script", "http.lua.v3.Lua");
    for place in 0..4 {
        finds(&["drift[override]: filter script"], |config| filters(config).insert(place, lua.clone()));
    }
    finds(&["drift[override]: filter script"], |config| {
        filters(config).insert(0, json!({ "name": "script", "config_discovery": {} }));
    });
    finds(&["drift[override]: upstream_http_filters"], |config| {
        filters(config)[3]["typed_config"]["upstream_http_filters"] = json!([lua]);
    });
    finds(&["drift[override]: filter script"], |config| {
        let options = &mut config["static_resources"]["clusters"][0]["typed_extension_protocol_options"];
        options["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"]["http_filters"] = json!([lua]);
    });
}

#[test]
fn filter_that_may_be_left_out_is_drift() {
    finds(&["drift[override]: is_optional RBAC"], |config| filters(config)[2]["is_optional"] = json!(true));
    finds(&["drift[override]: disabled RBAC"], |config| filters(config)[2]["disabled"] = json!(true));
}

#[test]
fn configuration_of_a_route_is_judged_by_its_type() {
    let expected = ["drift[override]: typed_per_filter_config envoy.filters.http.cors"];
    for kind in ["envoy.extensions.filters.http.rbac.v3.RBACPerRoute", "envoy.config.route.v3.FilterConfig"] {
        finds(&expected, |config| {
            let config = &mut host(config)["typed_per_filter_config"]["envoy.filters.http.cors"];
            *config = json!({ "@type": format!("type.googleapis.com/{kind}") });
        });
    }
    finds(&[], |config| {
        let configs = &mut host(config)["typed_per_filter_config"];
        configs["pages"] = configs["envoy.filters.http.cors"].take();
        configs.as_object_mut().expect("members").remove("envoy.filters.http.cors");
    });
}

#[test]
fn member_of_a_manager_that_the_check_does_not_know_is_drift() {
    for member in ["upgrade_configs", "scoped_routes", "early_header_mutation_extensions", "path_normalization_options"]
    {
        finds(&[&format!("drift[override]: {member}")], |config| manager(config)[member] = json!({}));
    }
}

#[test]
fn other_spelling_of_a_member_is_drift() {
    finds(&["drift[override]: filterChains"], |config| {
        let mut listener = listeners(config)[0].clone();
        listener["filterChains"] = listener["filter_chains"].take();
        listeners(config).push(listener);
    });
    finds(&["drift[override]: pathRewrite"], |config| {
        host(config)["routes"][0]["route"]["pathRewrite"] = json!("/b");
    });
}

#[test]
fn listeners_and_routes_from_elsewhere_must_be_among_the_files() {
    let lds = json!({ "path_config_source": { "path": "lds.yaml" } });
    for member in ["lds_config", "lds_resources_locator"] {
        finds(&["drift[missing]: listeners of lds_config"], |config| {
            config["dynamic_resources"] = json!({ member: lds });
        });
    }
    let export = gateway();
    let mut config = document(&export);
    let mut routes = manager(&mut config).as_object_mut().expect("members").remove("route_config").expect("routes");
    manager(&mut config)["rds"] = json!({ "route_config_name": "orders" });
    assert_eq!(drifts(&export, &[&config]), ["drift[missing]: `routes orders` is not deployed"]);
    routes["name"] = json!("orders");
    assert_eq!(drifts(&export, &[&config, &json!({ "resources": [routes] })]), [""; 0]);
    routes["virtual_hosts"][0]["routes"][0]["route"]["prefix_rewrite"] = json!("/b");
    let found = drifts(&export, &[&config, &json!({ "resources": [routes] })]);
    assert_eq!(found, ["drift[override]: `prefix_rewrite` exempts calls from the rules"]);
}

#[test]
fn members_that_leave_the_rules_in_force_are_no_drift() {
    finds(&[], |config| {
        config["admin"] = json!({ "address": { "socket_address": { "address": "127.0.0.1", "port_value": 9901 } } });
        let inspector = extension("tls", "listener.tls_inspector.v3.TlsInspector");
        listeners(config)[0]["listener_filters"] = json!([inspector]);
        let limit = extension("limit", "network.connection_limit.v3.ConnectionLimit");
        let chain = &mut listeners(config)[0]["filter_chains"][0]["filters"];
        chain.as_array_mut().expect("filters").push(limit);
        manager(config)["access_log"] = json!([{ "name": "log" }]);
        manager(config)["upgrade_configs"] = json!([]);
        manager(config)["tracing"] = json!({});
        filters(config).insert(0, extension("stats", "http.grpc_stats.v3.FilterConfig"));
        filters(config)[4]["typed_config"]["start_child_span"] = json!(true);
        let clusters = json!({ "clusters": [{ "name": "server", "weight": 9 }, { "name": "next", "weight": 1 }] });
        host(config)["routes"][0]["route"] = json!({ "weighted_clusters": clusters, "retry_policy": {} });
        host(config)["response_headers_to_add"] = json!([{ "header": { "key": "a", "value": "b" } }]);
        let options = &mut config["static_resources"]["clusters"][0]["typed_extension_protocol_options"];
        let codec = extension("codec", "http.upstream_codec.v3.UpstreamCodec");
        options["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"]["http_filters"] = json!([codec]);
    });
}

#[test]
fn dump_of_an_unchanged_proxy_has_no_drift() {
    let export = gateway();
    let mut config = document(&export);
    let kind = |name: &str| json!(format!("type.googleapis.com/envoy.{name}"));
    let mut routes = manager(&mut config)["route_config"].clone();
    routes["@type"] = kind("config.route.v3.RouteConfiguration");
    let mut listener = listeners(&mut config)[0].clone();
    listener["@type"] = kind("config.listener.v3.Listener");
    config["dynamic_resources"] = json!({ "lds_config": { "ads": {} } });
    config["node"] = json!({ "id": "a", "metadata": { "INSTANCE_IPS": "10.0.0.1", "appName": "b" } });
    let configs = json!([
        { "@type": kind("admin.v3.BootstrapConfigDump"), "bootstrap": config },
        { "@type": kind("admin.v3.ListenersConfigDump"), "dynamic_listeners": [{ "active_state": { "listener": listener } }] },
        { "@type": kind("admin.v3.RoutesConfigDump"), "static_route_configs": [{ "route_config": routes }] },
    ]);
    assert_eq!(drifts(&export, &[&json!({ "configs": configs })]), [""; 0]);
}
