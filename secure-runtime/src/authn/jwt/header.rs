//! The header of a token (RFC 7515, section 4).

use serde_json::{Map, Value};

use super::{Algorithm, Issuer, json, reason};
use crate::authn::Rejection;

/// What a header says that this verifier heeds.
///
/// `jku`, `jwk`, `x5u` and `x5c` are not here: a token does not bring its own key (RFC 8725, section 3.10).
pub(super) struct Header {
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<String>,
}

impl Header {
    pub(super) fn read(text: &[u8], issuer: &Issuer) -> Result<Self, Rejection> {
        let members = json::object(text).map_err(|_| reason::HEADER)?;
        well_formed(&members)?;
        let text = |name| members.get(name).and_then(Value::as_str);
        if !issuer.types_as(text("typ")) {
            return Err(reason::TYPE);
        }
        let algorithm = text("alg").and_then(|name| issuer.algorithm(name)).ok_or(reason::ALGORITHM)?;
        Ok(Self { algorithm, kid: text("kid").map(String::from) })
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
