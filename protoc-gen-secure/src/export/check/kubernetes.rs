//! Objects of Kubernetes, as files have them or `kubectl get -o yaml` prints them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::value::normal;
use super::{Drift, Kind};

/// Compares what objects specify. Whatever else a cluster adds to them does not count.
pub(super) fn check(documents: &[Value], deployed: &[Value]) -> Vec<Drift> {
    let expected = specs(documents);
    let found = specs(deployed);
    let mut drifts = Vec::new();
    for (name, spec) in &expected {
        match found.get(name) {
            None => drifts.push(Drift::new(Kind::Missing, name)),
            Some(found) if found != spec => drifts.push(Drift::new(Kind::Differs, name)),
            Some(_) => {}
        }
    }
    let unknown = found.keys().filter(|name| !expected.contains_key(*name));
    drifts.extend(unknown.map(|name| Drift::new(Kind::Unknown, name)));
    drifts
}

/// By kind, namespace and name.
fn specs(documents: &[Value]) -> BTreeMap<String, Value> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let spec = |document: &Value| {
        let metadata = &document["metadata"];
        let name = [&document["kind"], &metadata["namespace"], &metadata["name"]].map(text).join("/");
        (name, normal(&document["spec"]))
    };
    documents.iter().map(spec).collect()
}
