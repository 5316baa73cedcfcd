//! The claims of a token (RFC 7519, section 4).

use serde_json::{Map, Value};

#[cfg(feature = "introspection")]
use super::compact::Compact;
use super::reason;
use crate::authn::Rejection;
use crate::json;

/// The members of the payload, by name.
pub(in crate::authn) struct Claims(Map<String, Value>);

impl Claims {
    /// The members of an answer about a token.
    #[cfg(feature = "introspection")]
    pub(in crate::authn) fn of(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// The claims of a token with the form of a JWT, which are unverified. They are empty if they cannot be read.
    #[cfg(feature = "introspection")]
    pub(in crate::authn) fn of_jwt(token: &str, max_bytes: usize) -> Option<Self> {
        let parts = Compact::split(token, max_bytes).ok()?;
        json::object(&parts.header).ok()?;
        Some(Self(json::object(&parts.payload).unwrap_or_default()))
    }

    /// Reads claims that are nested at most `max_depth` deep.
    pub(super) fn read(text: &[u8], max_depth: usize) -> Result<Self, Rejection> {
        json::object_within(text, max_depth).map(Self).map_err(|_| reason::CLAIMS)
    }

    /// The claim of this name. A claim that is `null` counts as absent.
    pub(in crate::authn) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// Whether a claim is this name, or an array of names that contains it.
    pub(super) fn lists(&self, claim: &str, name: &str) -> bool {
        match self.get(claim) {
            Some(Value::String(only)) => only == name,
            Some(Value::Array(names)) => names.iter().all(Value::is_string) && names.iter().any(|it| it == name),
            _ => false,
        }
    }

    pub(super) fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(super) fn into_members(self) -> Map<String, Value> {
        self.0
    }
}
