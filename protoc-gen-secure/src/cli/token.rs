//! The claims of a token, decoded and not verified.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// The payload of a JWT in compact form (RFC 7519, section 3); `None` if it is none. Nothing is verified.
pub(super) fn claims(token: &str) -> Option<Map<String, Value>> {
    let token = token.trim();
    let token = token.strip_prefix("Bearer ").unwrap_or(token);
    let [_, payload, _] = token.split('.').collect::<Vec<_>>()[..] else { return None };
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

/// `roles` (RFC 9068, section 2.2.3.1).
pub(super) fn roles(claims: Option<&Map<String, Value>>) -> Vec<String> {
    let roles = claims.and_then(|claims| claims.get("roles")?.as_array());
    roles.into_iter().flatten().filter_map(|role| role.as_str().map(str::to_owned)).collect()
}

/// `scope` (RFC 8693, section 4.2): scopes with a space between any two.
pub(super) fn scopes(claims: Option<&Map<String, Value>>) -> Vec<String> {
    let scope = claims.and_then(|claims| claims.get("scope")?.as_str());
    scope.into_iter().flat_map(|scope| scope.split(' ')).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// True if the token is bound to a client certificate (RFC 8705, section 3.1). A server compares the two.
pub(super) fn is_bound(claims: Option<&Map<String, Value>>) -> bool {
    claims.is_some_and(|claims| claims.get("cnf").is_some_and(|cnf| cnf.get("x5t#S256").is_some()))
}

/// The current actor of a delegated token (RFC 8693, section 4.1), as `ISSUER#SUBJECT`.
pub(super) fn actor(claims: Option<&Map<String, Value>>) -> Option<String> {
    let claims = claims?;
    let act = claims.get("act")?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(format!("{}#{}", text(act.get("iss").or_else(|| claims.get("iss"))), text(act.get("sub"))))
}

/// True if the claim with this path is a string that is not empty, or an integer.
pub(super) fn is_text(claims: &Map<String, Value>, path: &[String]) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    let claim = claims.get(first).and_then(|claim| rest.iter().try_fold(claim, |claim, name| claim.get(name)));
    match claim {
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Number(number)) => number.is_i64() || number.is_u64(),
        _ => false,
    }
}
