//! Who a rule of Istio admits.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// Who may call: ways, one of which is enough.
pub(super) type Ways = Vec<Way>;

/// All conditions of a way must hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    /// Members of one `source`.
    pub(super) source: BTreeMap<&'static str, BTreeSet<String>>,
    /// Values of claims, any of which fits.
    pub(super) when: Vec<(String, BTreeSet<String>)>,
}

impl Way {
    pub(super) fn of(member: &'static str, values: BTreeSet<String>) -> Self {
        Self { source: BTreeMap::from([(member, values)]), when: Vec::new() }
    }

    pub(super) fn and(mut self, member: &'static str, values: BTreeSet<String>) -> Self {
        self.source.insert(member, values);
        self
    }

    pub(super) fn when(mut self, key: String, values: BTreeSet<String>) -> Self {
        self.when.push((key, values));
        self
    }

    pub(super) fn to_json(&self, and: Option<&Value>) -> Value {
        let mut rule = json!({ "from": [{ "source": self.source }] });
        let when = self.when.iter().map(|(key, values)| json!({ "key": key, "values": values }));
        let when = when.chain(and.cloned()).collect::<Vec<_>>();
        if !when.is_empty() {
            rule["when"] = json!(when);
        }
        rule
    }
}

/// Requires one of these certificates of each way.
pub(super) fn meet(ways: &mut Ways, ids: &BTreeSet<String>) {
    for way in ways.iter_mut() {
        let met = match way.source.remove("principals") {
            None => ids.clone(),
            Some(own) => meet_patterns(&own, ids),
        };
        way.source.insert("principals", met);
    }
    // An empty list would admit every certificate.
    ways.retain(|way| !way.source["principals"].is_empty());
}

/// The patterns that both lists admit. Each is exact, or ends in `*`.
fn meet_patterns(one: &BTreeSet<String>, other: &BTreeSet<String>) -> BTreeSet<String> {
    let admits = |patterns: &BTreeSet<String>, id: &str| patterns.iter().any(|pattern| includes(pattern, id));
    let of_one = one.iter().filter(|id| admits(other, id));
    of_one.chain(other.iter().filter(|id| admits(one, id))).cloned().collect()
}

/// True if a pattern admits all that another one admits.
fn includes(pattern: &str, other: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == other, |prefix| other.starts_with(prefix))
}
