//! The header of a token (RFC 7515, section 4).

use serde_json::{Map, Value};

use super::reason;
use crate::authn::Rejection;
use crate::json;

/// A header that is in good form. Nothing in it is verified.
///
/// It has no access to `jku`, `jwk`, `x5u` and `x5c`, so a token cannot provide its own key (RFC 8725, section 3.10).
pub(super) struct Header(Map<String, Value>);

impl Header {
    pub(super) fn read(text: &[u8]) -> Result<Self, Rejection> {
        let members = json::object(text).map_err(|_| reason::HEADER)?;
        well_formed(&members)?;
        Ok(Self(members))
    }

    pub(super) fn alg(&self) -> Option<&str> {
        self.text("alg")
    }

    pub(super) fn kid(&self) -> Option<&str> {
        self.text("kid")
    }

    pub(super) fn typ(&self) -> Option<&str> {
        self.text("typ")
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }
}

fn well_formed(members: &Map<String, Value>) -> Result<(), Rejection> {
    if members.len() > MAX_MEMBERS {
        return Err(reason::HEADER_MEMBERS);
    }
    if UNSUPPORTED.iter().any(|name| members.contains_key(*name)) {
        return Err(reason::HEADER_UNSUPPORTED);
    }
    match members.iter().all(|(name, value)| is_well_typed(name, value)) {
        true => Ok(()),
        false => Err(reason::HEADER_TYPES),
    }
}

/// RFC 7515, section 4.1.
fn is_well_typed(name: &str, value: &Value) -> bool {
    match name {
        "alg" | "cty" | "jku" | "kid" | "typ" | "x5t" | "x5t#S256" | "x5u" => value.is_string(),
        "jwk" => value.is_object(),
        "x5c" => value.is_array(),
        _ => true,
    }
}

const MAX_MEMBERS: usize = 64;

/// Each changes what is signed or what a header means (RFC 7515, section 4.1.11; RFC 7516, section 4.1; RFC 7797,
/// section 3).
const UNSUPPORTED: [&str; 4] = ["b64", "crit", "enc", "zip"];
