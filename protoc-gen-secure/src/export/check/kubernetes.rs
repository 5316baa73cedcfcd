//! Objects of Kubernetes, as files have them or `kubectl get -o yaml` prints them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::value::normal;
use super::{Drift, Kind};

/// Compares what objects specify. Whatever else a cluster adds to them does not count.
///
/// Of two objects with one name, the one that is applied last counts, so each must be as expected.
pub(super) fn check(documents: &[Value], deployed: &[Value]) -> Vec<Drift> {
    let expected = specs(documents);
    let found = specs(deployed);
    let mut drifts = Vec::new();
    for (key, specs) in &expected {
        match found.get(key) {
            None => drifts.push(Drift::new(Kind::Missing, key.name())),
            Some(found) if found.iter().any(|spec| !specs.contains(spec)) => {
                drifts.push(Drift::new(Kind::Differs, key.name()));
            }
            Some(_) => {}
        }
    }
    let unknown = found.keys().filter(|key| !expected.contains_key(*key));
    drifts.extend(unknown.map(|key| Drift::new(Kind::Unknown, key.name())));
    drifts
}

/// What is one object for a cluster. The version of its API is no part of that.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
struct Key {
    group: String,
    kind: String,
    namespace: String,
    name: String,
}

impl Key {
    fn of(document: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let metadata = &document["metadata"];
        let group = document["apiVersion"].as_str().and_then(|version| version.split_once('/'));
        Self {
            group: group.map(|(group, _)| group.to_owned()).unwrap_or_default(),
            kind: text(&document["kind"]),
            namespace: text(&metadata["namespace"]),
            name: text(&metadata["name"]),
        }
    }

    fn name(&self) -> String {
        [&*self.kind, &self.namespace, &self.name].join("/")
    }
}

/// Every specification of an object.
fn specs(documents: &[Value]) -> BTreeMap<Key, Vec<Value>> {
    let mut specs = BTreeMap::<_, Vec<_>>::new();
    for document in documents {
        specs.entry(Key::of(document)).or_default().push(normal(&document["spec"]));
    }
    specs
}
