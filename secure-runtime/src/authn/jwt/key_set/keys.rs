//! Keys, prepared for use.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::authn::Rejection;
use crate::authn::jwt::header::Header;
use crate::authn::jwt::key::{Key, Reading};
use crate::authn::jwt::{Algorithm, Issuer, jwk, reason};
use crate::json::{self, NotAnObject};

/// The keys of one text, at least one.
pub(in crate::authn::jwt) struct Keys(Vec<Key>);

impl Keys {
    /// Reads a JWK Set (RFC 7517, section 5).
    pub(super) fn read(text: &str) -> Result<Self, KeySetError> {
        if text.len() > MAX_BYTES {
            return Err(KeySetError::TooLarge);
        }
        let set = json::object(text.as_bytes()).map_err(KeySetError::from)?;
        let jwks = jwks(&set).ok_or(KeySetError::NoList)?;
        check_number(&jwks)?;
        check_names(&jwks)?;
        match usable(&jwks) {
            keys if keys.is_empty() => Err(KeySetError::NoUsableKey),
            keys => Ok(Self(keys)),
        }
    }

    pub(super) fn one(key: Key) -> Self {
        Self(vec![key])
    }

    pub(super) fn number(&self) -> usize {
        self.0.len()
    }

    /// The one key of `issuer` that may have signed a token with this header.
    pub(in crate::authn::jwt) fn choose(&self, header: &Header, issuer: &Issuer) -> Result<&Reading, Rejection> {
        let algorithm = issuer.algorithm(header)?;
        match header.kid() {
            Some(kid) => self.named(kid, algorithm, issuer),
            None => self.only(algorithm, issuer),
        }
    }

    /// A key is good for one algorithm (RFC 8725, section 3.1).
    fn named(&self, kid: &str, algorithm: Algorithm, issuer: &Issuer) -> Result<&Reading, Rejection> {
        let key = self.0.iter().find(|key| key.kid.as_deref() == Some(kid)).ok_or(reason::KEY_UNKNOWN)?;
        key.of(issuer).filter(|key| key.algorithm == algorithm).ok_or(reason::KEY_ALGORITHM)
    }

    fn only(&self, algorithm: Algorithm, issuer: &Issuer) -> Result<&Reading, Rejection> {
        let mut keys = self.0.iter().filter_map(|key| key.of(issuer)).filter(|key| key.algorithm == algorithm);
        match (keys.next(), keys.next()) {
            (Some(key), None) => Ok(key),
            (Some(_), Some(_)) => Err(reason::KEY_AMBIGUOUS),
            (None, _) => Err(reason::KEY_UNKNOWN),
        }
    }
}

/// Why a text is no set of keys.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq, thiserror::Error)]
pub enum KeySetError {
    /// Which of the two keys would count is anyone's guess.
    #[error("two keys have the same `kid`")]
    DuplicateKid,
    /// The set has no member `keys`, or it is not an array of objects.
    #[error("`keys` is not an array of objects")]
    NoList,
    /// Every token would be refused.
    #[error("no key can be used")]
    NoUsableKey,
    /// The text is not one JSON object without duplicate members.
    #[error("line {line}, column {column}: not a strict JSON object")]
    NotAnObject {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// More than 512 KiB.
    #[error("the set has more than 512 KiB")]
    TooLarge,
    /// More than 64 keys.
    #[error("the set has more than 64 keys")]
    TooManyKeys,
}

debug_as_display!(KeySetError);

impl From<NotAnObject> for KeySetError {
    fn from(NotAnObject { line, column }: NotAnObject) -> Self {
        Self::NotAnObject { line, column }
    }
}

fn jwks(set: &Map<String, Value>) -> Option<Vec<&Map<String, Value>>> {
    set.get("keys")?.as_array()?.iter().map(Value::as_object).collect()
}

fn check_number(jwks: &[&Map<String, Value>]) -> Result<(), KeySetError> {
    match jwks.len() <= MAX_KEYS {
        true => Ok(()),
        false => Err(KeySetError::TooManyKeys),
    }
}

/// Keys that are left out count too: a name stands for one key.
fn check_names(jwks: &[&Map<String, Value>]) -> Result<(), KeySetError> {
    let mut seen = HashSet::new();
    match jwks.iter().filter_map(|jwk| jwk.get("kid")?.as_str()).all(|kid| seen.insert(kid)) {
        true => Ok(()),
        false => Err(KeySetError::DuplicateKid),
    }
}

fn usable(jwks: &[&Map<String, Value>]) -> Vec<Key> {
    let read = |(place, jwk): (usize, &&Map<String, Value>)| jwk::read(jwk).map_err(|why| why.log(place)).ok();
    jwks.iter().enumerate().filter_map(read).collect()
}

/// The longest text of a set.
pub(super) const MAX_BYTES: usize = 512 * 1_024;
const MAX_KEYS: usize = 64;
