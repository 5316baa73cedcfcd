//! What the endpoint is asked, and which of its answers admit a caller.

mod answers;
mod kinds;
mod requests;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::*;
use crate::Principal;
use crate::authn::jwt::{Audience, Issuer};
use crate::authn::{Authentication, Authenticator, CallHead, Rejection};
use crate::connection::Connection;
use crate::https::tests::{Does, FaultyServer, ok};

const ISSUER: &str = "https://id.example.com";
const TOKEN: &str = "a-token-that-says-nothing";
const SECRET: &str = "correct horse:battery&staple";

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A good answer with these members in place of its own. `null` leaves a member out.
fn answer(changes: Value) -> String {
    let mut answer = json!({
        "active": true, "token_type": "Bearer", "sub": "alice", "aud": "orders", "exp": seconds() + 600,
        "roles": ["clerk"], "scope": "read write",
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => _ = answer.as_object_mut().unwrap().remove(name),
            value => answer[name] = value.clone(),
        }
    }
    answer.to_string()
}

fn introspection(server: &FaultyServer) -> Introspection {
    let secret = ClientSecret::new(SECRET);
    let endpoint = IntrospectionEndpoint::with_client_secret(&server.url("/introspect"), "me", secret, server.tls());
    Introspection::new(Issuer::new(ISSUER).unwrap(), Audience::new("orders").unwrap(), endpoint.unwrap())
}

async fn good_server() -> FaultyServer {
    FaultyServer::start(ok(answer(json!({})))).await
}

/// What comes of a call with this value of `authorization`.
async fn ask(authenticator: &impl Authenticator, value: &str) -> Result<Option<Principal>, Rejection> {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, value.parse().unwrap());
    match authenticator.authenticate(&CallHead::new("/shop.v1.Orders/Get", &headers, &Connection::nowhere())) {
        Authentication::Ready(answer) => answer,
        Authentication::Pending(answer) => answer.await,
    }
}

async fn present(introspection: &Introspection, token: &str) -> Result<String, Rejection> {
    let principal = ask(introspection, &format!("Bearer {token}")).await?;
    Ok(principal.unwrap().id().to_string())
}

fn alice() -> Result<String, Rejection> {
    Ok(format!("{ISSUER}#alice"))
}

fn after(seconds: u64) -> SystemTime {
    SystemTime::now() + Duration::from_secs(seconds)
}
