//! Tokens of every kind, and the decision that each should get.

use std::time::{SystemTime, UNIX_EPOCH};

use secure_runtime::authz::Access;
use secure_runtime::testing::TestIssuer;
use serde_json::{Value, json};
use tonic::Code;

use crate::secured::{Secured, good_claims};

/// The validity of a token, whatever the method.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Worth {
    /// Nothing was presented.
    Nothing,
    /// It is refused everywhere, on public methods too.
    Refused,
    /// It proves a caller with these roles.
    Roles(&'static [&'static str]),
}

impl Worth {
    /// Whom a handler meets, as `issuer#subject`.
    pub fn identity(self) -> Option<&'static str> {
        matches!(self, Self::Roles(_)).then_some("https://id.example.com#somebody")
    }
}

/// All callers: a name, the value of `authorization`, and its validity.
pub fn callers(server: &Secured) -> Vec<(&'static str, Option<String>, Worth)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs();
    let token = |claims: Value| Some(server.bearer_with(claims));
    let good = token(json!({ "roles": ["reader"] }));
    let forger = TestIssuer::new(server.issuer.name());
    let stranger = TestIssuer::new("https://id.example.org");
    let foreign =
        |issuer: &TestIssuer| Some(format!("Bearer {}", issuer.token(good_claims(json!({ "roles": ["reader"] })))));
    let cut = good.as_ref().map(|good| good[..good.len() - 8].to_owned());
    vec![
        ("no token", None, Worth::Nothing),
        ("malformed", Some("Bearer not.a.token".to_owned()), Worth::Refused),
        ("a cut signature", cut, Worth::Refused),
        ("bad signature", foreign(&forger), Worth::Refused),
        ("expired", token(json!({ "roles": ["reader"], "iat": now - 7200, "exp": now - 3600 })), Worth::Refused),
        ("not yet valid", token(json!({ "roles": ["reader"], "nbf": now + 3600 })), Worth::Refused),
        ("wrong issuer", foreign(&stranger), Worth::Refused),
        ("wrong audience", token(json!({ "roles": ["reader"], "aud": "billing" })), Worth::Refused),
        ("no roles", token(json!({})), Worth::Roles(&[])),
        ("wrong role", token(json!({ "roles": ["admin"] })), Worth::Roles(&["admin"])),
        ("one of the roles", token(json!({ "roles": ["writer"] })), Worth::Roles(&["writer"])),
        ("right", good, Worth::Roles(&["reader"])),
    ]
}

/// The `.proto` in the tests' own words.
pub fn declared(access: Access, worth: Worth) -> Code {
    match (access, worth) {
        (Access::Denied, _) => Code::PermissionDenied,
        (Access::Anonymous, _) => Code::Ok,
        (_, Worth::Refused) => Code::Unauthenticated,
        (Access::Public, _) | (Access::Authenticated, Worth::Roles(_)) => Code::Ok,
        (_, Worth::Nothing) => Code::Unauthenticated,
        (Access::AnyRole(required), Worth::Roles(held)) if required.iter().any(|role| held.contains(role)) => Code::Ok,
        (_, Worth::Roles(_)) => Code::PermissionDenied,
    }
}
