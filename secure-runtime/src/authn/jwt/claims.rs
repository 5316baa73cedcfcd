//! The claims of a token (RFC 7519, section 4).

use serde_json::{Map, Value};

use super::reason;
use crate::authn::Rejection;
use crate::json;

/// The members of the payload, by name.
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    pub(super) fn read(text: &[u8]) -> Result<Self, Rejection> {
        json::object(text).map(Self).map_err(|_| reason::CLAIMS)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// Whether a claim is this name, or an array of names that holds it.
    pub(super) fn list(&self, claim: &str, name: &str) -> bool {
        match self.get(claim) {
            Some(Value::String(only)) => only == name,
            Some(Value::Array(names)) => names.iter().all(Value::is_string) && names.iter().any(|it| it == name),
            _ => false,
        }
    }

    /// RFC 7519, section 4.1.2.
    pub(super) fn subject(&self) -> Result<&str, Rejection> {
        self.text("sub").filter(|subject| !subject.is_empty()).ok_or(reason::SUBJECT)
    }

    pub(super) fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(super) fn into_members(self) -> Map<String, Value> {
        self.0
    }
}
