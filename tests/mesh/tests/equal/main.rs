//! Engines outside the process decide as the server does, or are stricter where the export says so.
//!
//! The calls are every conformance vector and 2,000 random ones. Envoy and grpc-go need `tests/mesh/install`.

mod calls;
mod cedar;
mod client;
mod envoy;
mod exports;
mod grpc;
mod kubernetes;
#[allow(dead_code, reason = "the conformance tests know more of it")]
#[path = "../../../tests/conformance/manifest.rs"]
mod manifest;
mod opa;
mod pki;
mod random;
mod tools;

use std::collections::BTreeMap;

use calls::Call;
use exports::Settings;

/// What an engine decided about each call: true if it admits.
type Decisions = Vec<bool>;

/// Fails if the engine admits a call that the server refuses, or refuses one although the export is exact.
fn assert_equal(target: &str, settings: &Settings, calls: &[Call], decisions: &Decisions) {
    assert_eq!(calls.len(), decisions.len());
    let mut fits = BTreeMap::new();
    let mut counts = BTreeMap::<_, usize>::new();
    for (call, admits) in calls.iter().zip(decisions) {
        let exact = *fits.entry(&call.path).or_insert_with(|| exports::is_exact(target, settings, call));
        assert!(call.allowed || !admits, "{target} admits what the server refuses: {call:#?}");
        assert!(
            !(exact && call.is_presentable() && call.allowed) || *admits,
            "{target} refuses what the server admits: {call:#?}"
        );
        *counts.entry((call.allowed, *admits, exact)).or_default() += 1;
    }
    println!("{target}: (server admits, {target} admits, rule is exact) -> calls: {counts:?}");
    assert!(counts.contains_key(&(true, true, true)), "{target} admits nobody");
    assert!(counts.iter().any(|((allowed, ..), _)| !allowed), "the server refuses nobody");
}
