//! Keys that change, and sources that fail.

mod file;
mod refresh;
#[cfg(feature = "jwks-https")]
mod remote;
mod storm;
mod waiting;

use std::thread::sleep;
use std::time::Duration;

use http::{HeaderMap, header};
use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;

use super::KeySet;
use crate::authn::jwt::{Algorithm, Audience, Issuer, Jwt};
use crate::authn::{Authentication, Authenticator, CallHead, Rejection};
use crate::connection::Connection;
use crate::test_log::Log;
use crate::testing::TestIssuer;

const NAME: &str = "https://id.example.com";

fn issuer() -> TestIssuer {
    TestIssuer::new(NAME)
}

/// A verifier of the issuer's tokens.
fn verifier(keys: &KeySet) -> Jwt {
    Jwt::new(Issuer::new(NAME).unwrap(), Audience::new("orders").unwrap(), keys.clone())
}

/// A set with the issuer's key of EdDSA under this name.
fn jwks(issuer: &TestIssuer, kid: &str) -> String {
    let mut jwk = issuer.jwk(Algorithm::EdDsa);
    jwk["kid"] = json!(kid);
    json!({ "keys": [jwk] }).to_string()
}

/// A good token, under this name of its key.
fn token(issuer: &TestIssuer, kid: &str) -> String {
    token_with(issuer, kid, &json!({}))
}

fn token_with(issuer: &TestIssuer, kid: &str, changes: &Value) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let mut claims = json!({ "iss": NAME, "aud": "orders", "sub": "alice", "iat": now, "exp": now + 3_600 });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    issuer.sign(json!({ "alg": "EdDSA", "kid": kid, "typ": "at+jwt" }), claims)
}

/// What the gate is told of a call with this token.
fn present(verifier: &Jwt, token: &str) -> Authentication {
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    verifier.authenticate(&CallHead::new("/shop.v1.Orders/Get", &headers, &Connection::nowhere()))
}

/// The answer to a call that does not wait.
fn at_once(verifier: &Jwt, token: &str) -> Result<(), Rejection> {
    match present(verifier, token) {
        Authentication::Ready(answer) => answer.map(drop),
        Authentication::Pending(_) => panic!("the call waits"),
    }
}

/// The answer to a call, whenever it comes.
async fn answer(verifier: &Jwt, token: &str) -> Result<(), Rejection> {
    match present(verifier, token) {
        Authentication::Ready(answer) => answer.map(drop),
        Authentication::Pending(answer) => answer.await.map(drop),
    }
}

/// Waits for what happens on another thread.
#[track_caller]
fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    for _ in 0..3_000 {
        if happened() {
            return;
        }
        sleep(Duration::from_millis(10));
    }
    panic!("{what}: not in 30 seconds");
}
