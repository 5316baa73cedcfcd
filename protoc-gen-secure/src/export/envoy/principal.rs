//! Principals of Envoy's `rbac`: conditions about who calls.

use serde_json::{Value, json};

use super::super::rules::Peer;
use super::super::settings::{Claim, Form};

pub(super) fn anyone() -> Value {
    json!({ "any": true })
}

pub(super) fn not(principal: Value) -> Value {
    json!({ "not_id": principal })
}

pub(super) fn all(mut principals: Vec<Value>) -> Value {
    match principals.len() {
        1 => principals.remove(0),
        _ => json!({ "and_ids": { "ids": principals } }),
    }
}

/// `None` if there are none: nobody is one of them.
pub(super) fn any(principals: Vec<Value>) -> Option<Value> {
    (!principals.is_empty()).then(|| either(principals))
}

pub(super) fn either(mut principals: Vec<Value>) -> Value {
    match principals.len() {
        1 => principals.remove(0),
        _ => json!({ "or_ids": { "ids": principals } }),
    }
}

/// A caller with a token that `jwt_authn` verified and that names a subject.
pub(super) fn token() -> Value {
    claim(&["sub".to_owned()], json!({ "string_match": { "safe_regex": { "regex": "(?s).+" } } }))
}

/// A caller whose token lists this entry.
pub(super) fn listed(list: &Claim, entry: &str) -> Value {
    let mut path = list.claim.clone();
    match list.form {
        Form::Array | Form::Words => {
            claim(&path, json!({ "list_match": { "one_of": { "string_match": { "exact": entry } } } }))
        }
        Form::Keys => {
            path.push(entry.to_owned());
            claim(&path, json!({ "present_match": true }))
        }
    }
}

/// A caller whose token has an actor.
pub(super) fn delegated() -> Value {
    claim(&["act".to_owned()], json!({ "present_match": true }))
}

/// A caller whose token has this actor. An actor without an issuer of its own `is_own`: of the issuer of the token.
pub(super) fn actor(issuer: &str, subject: &str, is_own: bool) -> Value {
    let of_actor = |name: &str, value| claim(&["act".to_owned(), name.to_owned()], value);
    let subject = match subject.strip_prefix("spiffe://").and_then(|id| id.strip_suffix("/**")) {
        None => json!({ "exact": subject }),
        Some(parent) => regex(&format!("spiffe://{}/(?s:.+)", parent.replace('.', r"\."))),
    };
    let named = of_actor("iss", json!({ "string_match": { "exact": issuer } }));
    let unnamed = is_own.then(|| not(of_actor("iss", json!({ "present_match": true }))));
    let issuer = either([named].into_iter().chain(unnamed).collect());
    all(vec![of_actor("sub", json!({ "string_match": subject })), issuer])
}

fn claim(path: &[String], value: Value) -> Value {
    let path = ["payload"].into_iter().chain(path.iter().map(String::as_str)).map(|key| json!({ "key": key }));
    let matcher = json!({ "filter": "envoy.filters.http.jwt_authn", "path": path.collect::<Vec<_>>(), "value": value });
    json!({ "sourced_metadata": { "metadata_matcher": matcher } })
}

/// A caller whose client certificate has this name.
pub(super) fn peer(peer: &Peer<'_>) -> Value {
    match peer {
        Peer::Dns(name) => dns(json!({ "exact": name })),
        Peer::Spiffe(id) => certificate(json!({ "exact": format!("spiffe://{id}") })),
        Peer::SpiffeBelow(parent) => {
            let parent = parent.replace('.', r"\.");
            certificate(regex(&format!("spiffe://{parent}(/{SEGMENT})+")))
        }
    }
}

pub(super) fn any_spiffe_id() -> Value {
    certificate(regex(&format!("spiffe://[a-z0-9._-]+(/{SEGMENT})+")))
}

pub(super) fn any_dns_name() -> Value {
    dns(regex("[a-z0-9.-]+"))
}

/// Envoy compares DNS names also if there is a URI, which is the name of a certificate that has both.
fn dns(matcher: Value) -> Value {
    all(vec![certificate(matcher), not(certificate(regex("[A-Za-z][A-Za-z0-9+.-]*:.*")))])
}

fn certificate(matcher: Value) -> Value {
    json!({ "authenticated": { "principal_name": matcher } })
}

fn regex(regex: &str) -> Value {
    json!({ "safe_regex": { "regex": regex } })
}

/// A segment of the path of a SPIFFE ID (SPIFFE-ID, section 2.2): neither empty nor `.` nor `..`.
const SEGMENT: &str = r"(\.{0,2}[A-Za-z0-9_-]|\.\.\.)[A-Za-z0-9._-]*";
