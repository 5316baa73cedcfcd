//! The claims of a token (RFC 7519, section 4).

use serde_json::{Map, Value};

use super::{Audience, Issuer, json, reason};
use crate::authn::Rejection;

/// The members of the payload, by name.
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    pub(super) fn read(text: &[u8]) -> Result<Self, Rejection> {
        json::object(text).map(Self).map_err(|_| reason::CLAIMS)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// RFC 7519, section 4.1.1.
    pub(super) fn name(&self, issuer: &Issuer) -> bool {
        self.get("iss").and_then(Value::as_str) == Some(issuer.as_str())
    }

    /// RFC 7519, section 4.1.3.
    pub(super) fn meant_for(&self, audience: &Audience) -> Result<(), Rejection> {
        let names = match self.get("aud") {
            Some(Value::String(name)) => Some(vec![name.as_str()]),
            Some(Value::Array(names)) => names.iter().map(Value::as_str).collect(),
            _ => None,
        };
        match names {
            Some(names) if names.contains(&audience.as_str()) => Ok(()),
            _ => Err(reason::AUDIENCE),
        }
    }

    /// RFC 7519, section 4.1.2.
    pub(super) fn subject(&self) -> Result<&str, Rejection> {
        match self.get("sub") {
            Some(Value::String(subject)) if !subject.is_empty() => Ok(subject),
            _ => Err(reason::SUBJECT),
        }
    }

    pub(super) fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(super) fn into_members(self) -> Map<String, Value> {
        self.0
    }
}
