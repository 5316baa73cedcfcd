//! Tells the log where the roles of an issuer probably are.

use std::fmt;
use std::sync::Once;

use serde_json::{Map, Value};

use super::Issuer;
use crate::Principal;
use crate::json;

/// Logs once for each trusted issuer.
pub(super) struct RoleHint(Once);

impl RoleHint {
    pub(super) fn new() -> Self {
        Self(Once::new())
    }

    /// Logs the usual claim that lists something, if no role of the principal was mapped.
    pub(super) fn log(&self, issuer: &Issuer, principal: &Principal) {
        if self.0.is_completed() || principal.has_any_role() {
            return;
        }
        if let Some(claim) = principal.with_claims(usual_claim) {
            self.0.call_once_force(|_| {
                tracing::warn!(
                    %issuer,
                    claim,
                    "a token gives no role, but this claim lists some: name it in `Issuer::roles_from` if they are the \
                     caller's roles, and allow them in `Grants`"
                );
            });
        }
    }
}

impl fmt::Debug for RoleHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoleHint(..)")
    }
}

/// The path of the first usual claim that is not empty, without its contents.
fn usual_claim(claims: &Map<String, Value>) -> Option<String> {
    let usual = USUAL_CLAIMS.iter().find(|path| json::at(claims, path).is_ok_and(|claim| claim.is_some_and(lists)));
    usual.map(|path| path.join(" → ")).or_else(|| client_claim(claims)).or_else(|| namespaced_claim(claims))
}

/// Keycloak, roles of some client.
fn client_claim(claims: &Map<String, Value>) -> Option<String> {
    let clients = claims.get("resource_access")?.as_object()?;
    let has_roles = clients.values().any(|client| client.get("roles").is_some_and(lists));
    has_roles.then(|| "resource_access → (client) → roles".into())
}

/// Auth0, a claim that an action added under a URL.
fn namespaced_claim(claims: &Map<String, Value>) -> Option<String> {
    let is_roles = |name: &str| name.starts_with("https://") && (name.ends_with("roles") || name.ends_with("groups"));
    claims.iter().find(|(name, value)| is_roles(name) && lists(value)).map(|(name, _)| name.chars().take(256).collect())
}

fn lists(claim: &Value) -> bool {
    match claim {
        Value::String(text) => !text.is_empty(),
        Value::Array(entries) => !entries.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => false,
    }
}

const USUAL_CLAIMS: &[&[&str]] = &[
    &["roles"],
    &["role"],
    &["groups"],
    &["permissions"],
    &["realm_access", "roles"],
    &["cognito:groups"],
    &["app_metadata", "roles"],
    &["app_metadata", "role"],
    &["org_role"],
    &["urn:zitadel:iam:org:project:roles"],
    &["entitlements"],
    &["authorities"],
    &["scp"],
];
