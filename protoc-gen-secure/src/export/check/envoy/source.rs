//! Where Envoy gets its configuration from. The check must have seen all of it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Drift, Kind, Members, type_of, visit};

/// Listeners and routes that Envoy loads from elsewhere, and that no document has.
pub(super) fn missing(deployed: &[Value]) -> Vec<Drift> {
    let mut loaded = BTreeSet::new();
    let mut named = BTreeSet::new();
    let (mut loads_listeners, mut has_listeners) = (false, false);
    let mut see = |members: &Members| {
        loads_listeners |= members.contains_key("lds_config") || members.contains_key("lds_resources_locator");
        has_listeners |= type_of(members) == Some(LISTENER);
        loaded.extend(members.get("rds").map(|rds| text(&rds["route_config_name"])));
        named.extend(members.get("virtual_hosts").map(|_| text(members.get("name").unwrap_or_default())));
    };
    deployed.iter().for_each(|document| visit(document, &mut see));
    let routes = loaded.difference(&named).map(|name| Drift::new(Kind::Missing, format!("routes {name}")));
    let listeners = (loads_listeners && !has_listeners).then(|| Drift::new(Kind::Missing, "listeners of lds_config"));
    routes.chain(listeners).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

const LISTENER: &str = "envoy.config.listener.v3.Listener";
