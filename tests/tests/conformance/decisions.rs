//! `decisions.json`: the decisions of the runtime about callers and requests under a manifest.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::manifest::{Caller, Fields, Manifest};
use crate::vectors;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decisions {
    name: String,
    manifest: Manifest,
    callers: BTreeMap<String, Caller>,
    calls: Vec<Call>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    method: String,
    caller: String,
    #[serde(default)]
    request: Fields,
    decision: String,
}

#[test]
fn every_call_has_its_documented_decision() {
    let all = vectors::read::<Decisions>("decisions.json");
    vectors::differ(all.iter().map(|vector| vector.name.as_str()));
    for Decisions { name, manifest, callers, calls } in all {
        for call in &calls {
            let decision = manifest.methods[&call.method].decide(&callers[&call.caller], &call.request);
            assert_eq!(decision, call.decision, "{name}: {call:?}");
        }
        let called = calls.iter().map(|call| &call.method).collect::<BTreeSet<_>>();
        assert_eq!(called, manifest.methods.keys().collect(), "{name}: a method is called by nobody");
        let calling = calls.iter().map(|call| &call.caller).collect::<BTreeSet<_>>();
        assert_eq!(calling, callers.keys().collect(), "{name}: a caller calls nothing");
    }
}

#[test]
fn every_member_of_a_rule_has_an_allowed_and_a_refused_call() {
    let all = vectors::read::<Decisions>("decisions.json");
    let mut outcomes = BTreeMap::<_, BTreeSet<_>>::new();
    for Decisions { manifest, calls, .. } in &all {
        for call in calls {
            for member in members(&manifest.methods[&call.method]) {
                outcomes.entry(member).or_default().insert(call.decision.as_str());
            }
        }
    }
    let (allow, missing, denied) = ("ALLOW", "CREDENTIAL_MISSING", "PERMISSION_DENIED");
    // A caller of a public method is refused for the actor of its token alone.
    assert_eq!(outcomes.remove("public"), Some([allow, denied].into()));
    assert_eq!(outcomes.remove("ignore_credentials"), Some([allow].into()));
    assert_eq!(outcomes.remove("denied"), Some([denied].into()));
    assert!(outcomes.remove("authenticated").is_some_and(|it| it.contains(allow) && it.contains(missing)));
    assert!(outcomes.remove("required_credentials").is_some_and(|it| it.contains(allow) && it.contains(missing)));
    for member in ["required_roles", "required_scopes", "peers", "delegation", "tenant", "owner"] {
        assert_eq!(outcomes.remove(member), Some([allow, missing, denied].into()), "{member}");
    }
}

fn members(rule: &crate::manifest::MethodRule) -> Vec<&'static str> {
    let members = [
        ("authenticated", rule.authenticated),
        ("denied", rule.denied),
        ("public", rule.public),
        ("ignore_credentials", rule.ignore_credentials),
        ("required_roles", !rule.required_roles.is_empty()),
        ("required_scopes", !rule.required_scopes.is_empty()),
        ("required_credentials", !rule.required_credentials.is_empty()),
        ("peers", !rule.peers.is_empty()),
        ("delegation", rule.delegation.is_some()),
        ("tenant", rule.tenant.is_some()),
        ("owner", rule.owner.is_some()),
    ];
    members.into_iter().filter_map(|(member, is_there)| is_there.then_some(member)).collect()
}
