//! The decision of the reports against the vectors that the server is tested with.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use secure_policy::Condition;
use serde_json::Value;

use super::{Caller, Fact, Principal, decide};
use crate::manifest::{Credential, Rule};

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().expect("a text").to_owned()).collect()
}

/// A text that is not empty, or an integer.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// The equalities of a rule that hold between a principal and a request.
fn facts(rule: &Rule, principal: &Value, request: &Value) -> BTreeSet<Fact> {
    if principal["foreign"] == true {
        return BTreeSet::new();
    }
    let equals =
        |field: &str, own: Option<String>| own.is_some() && text(request.get(field).filter(|it| **it != 0)) == own;
    let claim =
        |path: &[String]| path.iter().try_fold(&principal["claims"], |claim, name| claim.as_object()?.get(name));
    let tenant = rule.tenant.iter().filter(|it| equals(&it.field, text(claim(&it.claim)))).map(Fact::of_tenant);
    let owner = rule.owner.iter().filter(|it| equals(&it.field, text(principal.get("subject")))).map(Fact::of_owner);
    tenant.chain(owner).collect()
}

fn caller(rule: &Rule, caller: &Value, request: &Value) -> Caller {
    let principal = Some(&caller["principal"]).filter(|principal| !principal.is_null()).map(|it| Principal {
        proven_by: match it["proven_by"].as_str() {
            Some("BOUND_JWT") => Some(Credential::BoundJwt),
            Some("JWT") => Some(Credential::Jwt),
            Some("MTLS") => Some(Credential::Mtls),
            _ => None,
        },
        roles: texts(&it["roles"]),
        scopes: texts(&it["scopes"]),
        actor: it["actor"].as_object().map(|actor| {
            let text = |name: &str| actor[name].as_str().expect("a text");
            format!("{}#{}", text("issuer"), text("subject"))
        }),
        facts: facts(rule, it, request),
    });
    let certificate = &caller["certificate"];
    let mut names = texts(&certificate["names"]).into_iter().chain(certificate["name"].as_str().map(str::to_owned));
    Caller { certificate: names.next(), further_names: names.collect(), principal }
}

/// The reason that a refused caller is told.
fn told(decision: Result<(), Condition>) -> &'static str {
    match decision {
        Ok(()) => "ALLOW",
        Err(
            Condition::NoCredential
            | Condition::NoClientCertificate
            | Condition::CertificateHasNoName
            | Condition::WrongCredential
            | Condition::TokenNotBound,
        ) => "CREDENTIAL_MISSING",
        Err(_) => "PERMISSION_DENIED",
    }
}

#[test]
fn every_call_of_the_vectors_is_decided_as_by_the_server() {
    let text = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/conformance/decisions.json")).expect("vectors");
    let vectors = serde_json::from_slice::<Value>(&text).expect("JSON");
    let mut calls = 0;
    for vector in vectors["vectors"].as_array().expect("vectors") {
        let rules = vector["manifest"]["methods"].clone();
        let rules = serde_json::from_value::<BTreeMap<String, Rule>>(rules).expect("rules");
        for call in vector["calls"].as_array().expect("calls") {
            let rule = &rules[call["method"].as_str().expect("a method")];
            let caller = caller(rule, &vector["callers"][call["caller"].as_str().expect("a caller")], &call["request"]);
            assert_eq!(told(decide(rule, &caller)), call["decision"], "{}: {call}", vector["name"]);
            calls += 1;
        }
    }
    assert!(calls > 100, "{calls}");
}
