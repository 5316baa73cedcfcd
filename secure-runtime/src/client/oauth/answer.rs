//! Responses of a token endpoint (RFC 6749, sections 5.1 and 5.2).

use std::time::Duration;

use http::{Response, StatusCode};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::TokenError;
use crate::json;
use crate::secret;
use crate::token68::is_token68;

/// A token and its life.
pub(super) struct Granted {
    pub(super) token: Zeroizing<String>,
    pub(super) life: Duration,
}

impl Granted {
    /// Reads a response strictly. Only the life of a token may be missing.
    pub(super) fn read(answer: &Response<String>) -> Result<Self, TokenError> {
        let members = json::object(answer.body().as_bytes());
        if answer.status() != StatusCode::OK {
            return Err(TokenError::Refused { status: answer.status(), code: code(members.ok().as_ref()) });
        }
        let members = members.map_err(|_| TokenError::NotAnObject)?;
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        if !text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("Bearer")) {
            return Err(TokenError::TokenType);
        }
        let token = text("access_token").filter(|token| is_token68(token)).ok_or(TokenError::AccessToken)?;
        Ok(Self { token: secret::concat(&[token]), life: life(members.get("expires_in"))? })
    }
}

fn life(expires_in: Option<&Value>) -> Result<Duration, TokenError> {
    match expires_in.map(|value| value.as_u64().filter(|seconds| *seconds > 0)) {
        None => Ok(DEFAULT_LIFE),
        Some(Some(seconds)) => Ok(Duration::from_secs(seconds).min(MAX_LIFE)),
        Some(None) => Err(TokenError::ExpiresIn),
    }
}

/// The error code, if it is a standard one. Other text must not get into a log.
fn code(members: Option<&Map<String, Value>>) -> &'static str {
    let error = members.and_then(|members| members.get("error")?.as_str());
    CODES.into_iter().find(|code| Some(*code) == error).unwrap_or("unknown")
}

/// RFC 6749, section 5.2; RFC 8707, section 2.
const CODES: [&str; 7] = [
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "invalid_target",
    "unauthorized_client",
    "unsupported_grant_type",
];

/// The life of a token without `expires_in`.
const DEFAULT_LIFE: Duration = Duration::from_secs(60);
const MAX_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
