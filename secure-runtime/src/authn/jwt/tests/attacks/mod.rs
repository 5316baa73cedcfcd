//! Tokens that attackers made before, or might: each with the answer it must get, and the clause that says so.

mod algorithms;
mod claims;
mod keys;
mod signatures;
mod text;

use std::collections::HashSet;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::compare::Tokens;
use super::{ISSUER, issuer, with, with_keys, without};
use crate::authn::Rejection;
use crate::authn::jwt::{Algorithm, Jwt};
use crate::testing::TestIssuer;

/// Tokens of one kind.
struct Class {
    name: &'static str,
    clause: &'static str,
    attacks: Vec<Attack>,
}

struct Attack {
    name: String,
    token: String,
    expected: Result<(), Rejection>,
}

#[test]
fn every_attack_has_its_expected_outcome() {
    let verifier = verifier();
    let mut failures = Vec::new();
    for Class { name: class, clause, attacks } in classes() {
        for Attack { name, token, expected } in attacks {
            let outcome = verifier.verify_at(&token, None, now()).map(|_| ());
            if outcome != expected {
                failures.push(format!("{class} ({clause}), {name}: expected {expected:?}, not {outcome:?}"));
            }
        }
    }
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

#[test]
fn corpus_has_more_than_400_tokens_with_distinct_names() {
    let classes = classes();
    let names: Vec<_> =
        classes.iter().flat_map(|class| class.attacks.iter().map(|attack| (class.name, &*attack.name))).collect();
    assert!(names.len() > 400, "{}", names.len());
    let mut seen = HashSet::new();
    assert_eq!(names.iter().find(|name| !seen.insert(**name)), None);
}

fn classes() -> Vec<Class> {
    [algorithms::classes(), signatures::classes(), keys::classes(), text::classes(), claims::classes()]
        .into_iter()
        .flatten()
        .collect()
}

/// The corpus as other verifiers are asked about it.
pub(super) fn tokens() -> impl Iterator<Item = Tokens> {
    classes().into_iter().map(|Class { name, clause, attacks }| Tokens {
        name,
        clause,
        all: attacks.into_iter().map(|attack| (attack.name, attack.token)).collect(),
    })
}

fn refused(name: impl Into<String>, token: String, why: Rejection) -> Attack {
    Attack { name: name.into(), token, expected: Err(why) }
}

fn accepted(name: impl Into<String>, token: String) -> Attack {
    Attack { name: name.into(), token, expected: Ok(()) }
}

/// A verifier with nothing but defaults, and a key of each algorithm it has by default.
fn verifier() -> Jwt {
    with_keys(issuer(), &jwks().to_string())
}

pub(super) fn jwks() -> Value {
    let keys: Vec<_> = Algorithm::DEFAULT.iter().map(|algorithm| ISSUER.jwk(*algorithm)).collect();
    json!({ "keys": keys })
}

fn good() -> String {
    ISSUER.sign(header("EdDSA"), claims())
}

/// The header of a token of this algorithm, with the key of it.
fn header(alg: &str) -> Value {
    json!({ "alg": alg, "kid": alg, "typ": "at+jwt" })
}

fn claims() -> Value {
    json!({
        "iss": ISSUER.name(), "aud": "orders", "sub": "alice", "exp": seconds() + 600, "iat": seconds(),
        "nbf": seconds(), "roles": ["reader"], "scope": "orders:read",
    })
}

fn with_claim(name: &str, value: Value) -> String {
    ISSUER.sign(header("EdDSA"), with(claims(), name, value))
}

fn without_claim(name: &str) -> String {
    ISSUER.sign(header("EdDSA"), without(claims(), name))
}

fn with_header(name: &str, value: Value) -> String {
    ISSUER.sign(with(header("EdDSA"), name, value), claims())
}

/// The part of a token before the signature, and the signature.
fn cut(token: &str) -> (&str, &str) {
    token.rsplit_once('.').unwrap()
}

/// The corpus is made for now, because other verifiers know no other time.
pub(super) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(*NOW)
}

fn seconds() -> u64 {
    *NOW
}

static NOW: LazyLock<u64> =
    LazyLock::new(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());

/// Calls itself like the issuer, and has keys of its own.
static ATTACKER: LazyLock<TestIssuer> = LazyLock::new(|| TestIssuer::new(ISSUER.name()));
