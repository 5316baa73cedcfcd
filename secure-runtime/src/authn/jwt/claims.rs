//! The claims of a token (RFC 7519, section 4).

use serde_json::{Map, Value};

use super::reason;
use crate::authn::Rejection;
use crate::json;

/// The members of the payload, by name.
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// Reads claims that are nested at most `max_depth` deep.
    pub(super) fn read(text: &[u8], max_depth: usize) -> Result<Self, Rejection> {
        json::object_within(text, max_depth).map(Self).map_err(|_| reason::CLAIMS)
    }

    /// The claim of this name. A claim that is `null` counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
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
