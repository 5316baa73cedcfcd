//! What can be set, and what a principal is made of.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{ISSUER, claims, good, issuer, strict, verifier, verify};
use crate::authn::jwt::{Audience, Issuer, LeewayTooLong, ListClaim, NotStringOrUri, providers};

#[test]
fn invalid_issuer_or_audience_is_refused() {
    let parse = |name: &str| Issuer::new(name).map(|it| it.to_string());
    assert_eq!(parse("https://id.example.com"), Ok("https://id.example.com".into()));
    assert_eq!(parse("kubernetes/serviceaccount"), Ok("kubernetes/serviceaccount".into()));
    assert_eq!(parse("urn:example:issuer"), Ok("urn:example:issuer".into()));
    assert_eq!(parse(""), Err(NotStringOrUri::Empty));
    assert_eq!(parse("https://id.example.com\n"), Err(NotStringOrUri::Blank));
    assert_eq!(parse(" https://id.example.com"), Err(NotStringOrUri::Blank));
    assert_eq!(parse("a\0b"), Err(NotStringOrUri::Blank));
    assert_eq!(parse(":8080"), Err(NotStringOrUri::NoScheme));
    assert_eq!(parse("1d:example"), Err(NotStringOrUri::NoScheme));
    assert_eq!(Audience::new("orders").map(|it| it.to_string()), Ok("orders".into()));
    for name in ["", "Example.org", "example.org/ns", "example.org:8081", &"a".repeat(256)] {
        assert_eq!(providers::jwt_svid(name).unwrap_err(), NotStringOrUri::NoTrustDomain, "{name}");
    }
    assert_eq!(Audience::new(""), Err(NotStringOrUri::Empty));
}

#[test]
fn a_leeway_of_more_than_300_seconds_is_refused() {
    assert!(strict().leeway(Duration::from_secs(300)).is_ok());
    assert_eq!(strict().leeway(Duration::new(300, 1)).unwrap_err(), LeewayTooLong);
}

#[test]
fn a_principal_has_issuer_subject_roles_and_all_claims() {
    let principal = verify(&strict(), &good()).unwrap();
    assert_eq!((principal.id().issuer(), principal.id().subject()), (ISSUER.name(), "alice"));
    assert!(principal.has_role("reader"));
    assert_eq!(principal.read_claims::<Value>().unwrap(), claims());
}

#[test]
fn roles_come_from_the_claim_that_is_named() {
    let has = |claim, role| verify(&verifier(issuer().roles_from([claim])), &good()).unwrap().has_role(role);
    assert!(has(ListClaim::words(["scope"]), "orders:read"));
    assert!(has(ListClaim::words(["scope"]), "profile"));
    assert!(!has(ListClaim::words(["scope"]), "reader"));
    assert!(!has(ListClaim::array(["groups"]), "reader"));
}

#[test]
fn scopes_come_from_the_claim_that_is_named() {
    let scopes = |issuer, scope| verify(&verifier(issuer), &good()).unwrap().has_scope(scope);
    assert!(scopes(issuer(), "orders:read") && scopes(issuer(), "profile"));
    assert!(!scopes(issuer(), "reader") && !scopes(issuer(), "orders:read profile"));
    let elsewhere = || issuer().scopes_from([ListClaim::array(["roles"])]);
    assert!(scopes(elsewhere(), "reader") && !scopes(elsewhere(), "orders:read"));
    assert!(!scopes(issuer().scopes_from([]), "orders:read"));
}

#[test]
fn verified_token_counts_as_a_jwt_credential() {
    assert!(verify(&strict(), &good()).unwrap().is_proven_by(secure_policy::Credential::Jwt));
}

#[test]
fn minted_token_is_accepted_now() {
    let token = ISSUER.token(json!({ "aud": "orders", "sub": "alice" }));
    assert!(strict().verify_at(&token, None, SystemTime::now()).is_ok());
}

#[test]
fn debug_output_has_no_key() {
    let printed = format!("{:?} {:?}", strict(), *ISSUER);
    let keys: Value = serde_json::from_str(&ISSUER.jwks()).unwrap();
    for name in ["n", "x", "y"] {
        let material = keys["keys"].as_array().unwrap().iter().filter_map(|key| key[name].as_str());
        assert!(material.into_iter().all(|it| !printed.contains(it)), "{printed}");
    }
    assert!(printed.contains("keys: KeySet(10 keys)"), "{printed}");
}
