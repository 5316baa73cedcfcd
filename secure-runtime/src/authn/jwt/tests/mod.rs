//! Which tokens are accepted: a table with a row for every way of being right or wrong.
//!
//! A row carries the number of its check in the checklist of the manual.

mod algorithms;
mod attacks;
mod binding;
mod claims;
mod compare;
mod delegation;
mod form;
mod header;
mod key_formats;
mod key_sets;
mod keys;
mod lifetime;
mod manual;
mod mutation;
mod providers;
mod published;
mod relaxations;
mod relaxed;
mod role_hint;
mod settings;
mod several;
mod weak_keys;

use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Audience, Issuer, Jwt, KeySet};
use crate::Principal;
use crate::authn::Rejection;
use crate::testing::TestIssuer;
use crate::tls::PeerCertificates;

/// One token, and what must come of it.
struct Row {
    check: u8,
    name: &'static str,
    verifier: Jwt,
    token: String,
    peer: Option<PeerCertificates>,
    expected: Result<(), Rejection>,
}

#[test]
fn each_listed_token_is_accepted_or_refused() {
    let failures: Vec<_> = ROWS.iter().filter_map(Row::failure).collect();
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

#[test]
fn every_check_has_an_accepted_and_a_refused_token() {
    for check in 4..=25 {
        assert!(ROWS.iter().any(|row| row.check == check && row.expected.is_ok()), "{check} accepts nothing");
        assert!(ROWS.iter().any(|row| row.check == check && row.expected.is_err()), "{check} refuses nothing");
    }
}

#[test]
fn row_names_are_distinct() {
    let mut names: Vec<_> = ROWS.iter().map(|row| (row.check, row.name)).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
}

/// Made once: each verifier checks its keys.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let first = [form::rows(), header::rows(), algorithms::rows(), keys::rows(), claims::rows(), lifetime::rows()];
    first.into_iter().chain([binding::rows(), several::rows(), delegation::rows()]).flatten().collect()
});

impl Row {
    fn by(self, verifier: Jwt) -> Self {
        Self { verifier, ..self }
    }

    fn from(self, peer: PeerCertificates) -> Self {
        Self { peer: Some(peer), ..self }
    }

    fn failure(&self) -> Option<String> {
        let now = UNIX_EPOCH + Duration::from_secs(NOW);
        let outcome = self.verifier.verify_at(&self.token, self.peer.as_ref(), now).map(|_| ());
        let Self { check, name, expected, .. } = self;
        (outcome != *expected).then(|| format!("check {check}, {name}: expected {expected:?}, not {outcome:?}"))
    }
}

fn accepted(check: u8, name: &'static str, token: String) -> Row {
    Row { check, name, verifier: strict(), token, peer: None, expected: Ok(()) }
}

fn refused(check: u8, name: &'static str, token: String, why: Rejection) -> Row {
    Row { check, name, verifier: strict(), token, peer: None, expected: Err(why) }
}

fn verify(verifier: &Jwt, token: &str) -> Result<Principal, Rejection> {
    verifier.verify_at(token, None, UNIX_EPOCH + Duration::from_secs(NOW))
}

/// A verifier with nothing but defaults.
fn strict() -> Jwt {
    verifier(issuer())
}

fn verifier(issuer: Issuer) -> Jwt {
    Jwt::new(issuer, Audience::new("orders").unwrap(), KEYS.clone())
}

fn with_keys(issuer: Issuer, jwks: &str) -> Jwt {
    Jwt::new(issuer, Audience::new("orders").unwrap(), KeySet::from_jwks(jwks).unwrap())
}

fn issuer() -> Issuer {
    Issuer::new(ISSUER.name()).unwrap()
}

/// The token that every check accepts.
fn good() -> String {
    ISSUER.sign(header(), claims())
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "kid": "EdDSA", "typ": "at+jwt" })
}

fn claims() -> Value {
    json!({
        "iss": ISSUER.name(), "aud": "orders", "sub": "alice", "exp": NOW + 600, "iat": NOW, "nbf": NOW,
        "roles": ["reader"], "scope": "orders:read profile",
    })
}

fn with_header(name: &str, value: Value) -> String {
    ISSUER.sign(with(header(), name, value), claims())
}

fn with_claim(name: &str, value: Value) -> String {
    ISSUER.sign(header(), with(claims(), name, value))
}

fn without_header(name: &str) -> String {
    ISSUER.sign(without(header(), name), claims())
}

fn without_claim(name: &str) -> String {
    ISSUER.sign(header(), without(claims(), name))
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name).unwrap();
    object
}

/// `object` as text with more members written at its start.
fn beginning_with(object: &Value, members: &str) -> String {
    object.to_string().replacen('{', &format!("{{{members},"), 1)
}

/// All keys of the issuer. Loading them takes time: moduli are checked.
static KEYS: LazyLock<KeySet> = LazyLock::new(|| KeySet::from_jwks(&ISSUER.jwks()).unwrap());

static ISSUER: LazyLock<TestIssuer> = LazyLock::new(|| TestIssuer::new("https://id.example.com"));

const NOW: u64 = 1_800_000_000;
