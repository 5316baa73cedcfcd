//! What the log says of tokens that give no role.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;

use super::{ISSUER, claims, header, issuer, verifier, verify, with, without};
use crate::authn::jwt::ListClaim;
use crate::test_log::Log;

/// The warnings that these claims cause, with roles from `roles`, each presented twice.
fn warnings(more: &[(&str, Value)]) -> Vec<String> {
    let (log, _guard) = Log::start(LevelFilter::WARN);
    let verifier = verifier(issuer().roles_from([ListClaim::array(["my_roles"])]));
    let base = without(without(claims(), "roles"), "scope");
    let claims = more.iter().fold(base, |claims, (name, value)| with(claims, name, value.clone()));
    for _ in 0..2 {
        verify(&verifier, &ISSUER.sign(header(), claims.clone())).unwrap();
    }
    log.lines("WARN")
}

#[test]
fn role_hint_names_the_usual_claim_that_lists_roles_once() {
    let rows = [
        ("groups", json!(["secret-group"]), "groups"),
        ("realm_access", json!({ "roles": ["secret-role"] }), "realm_access → roles"),
        ("resource_access", json!({ "secret-client": { "roles": ["x"] } }), "resource_access → (client) → roles"),
        ("https://example.com/roles", json!(["secret-role"]), "https://example.com/roles"),
        ("cognito:groups", json!(["secret-group"]), "cognito:groups"),
    ];
    for (claim, value, expected) in rows {
        let lines = warnings(&[(claim, value)]);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains(expected) && lines[0].contains("Issuer::roles_from"), "{lines:?}");
        assert!(!lines[0].contains("secret"), "{lines:?}");
    }
}

#[test]
fn role_hint_is_not_logged_if_a_role_was_mapped_or_no_claim_lists_any() {
    assert!(warnings(&[]).is_empty());
    assert!(warnings(&[("groups", json!([])), ("realm_access", json!("x"))]).is_empty());
    assert!(warnings(&[("my_roles", json!(["clerk"])), ("groups", json!(["a"]))]).is_empty());
}

#[test]
fn log_that_panics_once_loses_one_hint_and_no_later_token() {
    let verifier = verifier(issuer().roles_from([ListClaim::array(["my_roles"])]));
    let token = ISSUER.sign(header(), with(without(without(claims(), "roles"), "scope"), "groups", json!(["a"])));
    let broken = || -> io::Sink { panic!("the pipe is broken") };
    let subscriber = tracing_subscriber::fmt().with_writer(broken).finish();
    tracing::subscriber::with_default(subscriber, || {
        catch_unwind(AssertUnwindSafe(|| verify(&verifier, &token))).unwrap_err();
    });
    let (log, _guard) = Log::start(LevelFilter::WARN);
    verify(&verifier, &token).unwrap();
    assert!(log.text().contains("groups"), "the hint that was lost is logged");
}
