//! Tokens that are refused by default and good under a relaxation.

use serde_json::{Value, json};

use super::super::{ISSUER, NOW, claims, header, with, without};
use crate::testing::TestIssuer;

/// Each token by its name, and the same claims under a signature of somebody else.
pub(super) fn tokens() -> Vec<(String, String)> {
    let attacker = TestIssuer::new(ISSUER.name());
    let forged = |name| format!("{name}{FORGED}");
    let tokens = [headers(), callers(), lists(), sizes()].into_iter().flatten();
    tokens
        .flat_map(|(name, header, claims)| {
            let (genuine, copy) = (ISSUER.sign(header.clone(), claims.clone()), attacker.sign(header, claims));
            [(name.to_owned(), genuine), (forged(name), copy)]
        })
        .collect()
}

type Made = (&'static str, Value, Value);

fn headers() -> Vec<Made> {
    let header_with = |name, member, value| (name, with(header(), member, value), claims());
    vec![
        header_with("the type of any JWT", "typ", json!("JWT")),
        ("no type", without(header(), "typ"), claims()),
        ("an algorithm that is not a default", json!({ "alg": "ES384", "kid": "ES384", "typ": "at+jwt" }), claims()),
        header_with("a key name that nobody published", "kid", json!("next")),
        header_with("the name of a key for another algorithm", "kid", json!("ES256")),
    ]
}

fn claim(name: &'static str, claim: &str, value: Value) -> Made {
    (name, header(), with(claims(), claim, value))
}

fn callers() -> Vec<Made> {
    let client = with(without(claims(), "sub"), "client_id", json!("worker"));
    let for_client = with(without(claims(), "aud"), "client_id", json!("orders"));
    vec![
        claim("another audience of the service", "aud", json!("billing")),
        ("the audience in another claim", header(), for_client),
        claim("a tenant of the issuer", "iss", json!("https://login.example.com")),
        claim("a tenant that is not listed", "iss", json!("https://evil.example.com")),
        ("a caller without a subject", header(), client),
        claim("a number for a subject", "sub", json!(7)),
        claim("a subject with a space", "sub", json!("CN=Alice Smith")),
        claim("expired 100 seconds ago", "exp", json!(NOW - 100)),
        claim("good in 100 seconds", "nbf", json!(NOW + 100)),
        claim("issued in 100 seconds", "iat", json!(NOW + 100)),
        claim("expired 400 seconds ago", "exp", json!(NOW - 400)),
    ]
}

fn lists() -> Vec<Made> {
    vec![
        claim("one role as a string", "roles", json!("reader")),
        claim("scopes as an array", "scope", json!(["orders:read", "profile"])),
        claim("roles in an object", "roles", json!({ "reader": true })),
        claim("scopes in an object", "scope", json!({ "orders:read": true })),
    ]
}

fn sizes() -> Vec<Made> {
    let deep: Value = serde_json::from_str(&format!("{}{}", "[".repeat(40), "]".repeat(40))).unwrap();
    vec![
        claim("a long claim", "x", json!("x".repeat(10_000))),
        claim("a thousand roles", "roles", json!(vec!["r"; 1_000])),
        claim("a thousand scopes", "scope", json!(vec!["s"; 1_000].join(" "))),
        claim("a deep claim", "x", deep),
    ]
}

/// What the name of a token ends with if another key signed it.
pub(super) const FORGED: &str = ", signed by somebody else";
