use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::header::Header;
use super::json::{self, NotAnObject};
use super::jwk;
use super::key::{Key, Reading};
use super::{Algorithm, Issuer, reason};
use crate::authn::Rejection;

/// The keys of an issuer, prepared for use.
///
/// A key is good for one algorithm: that of its `alg`, or of its curve. An RSA key without `alg` is good for the first
/// RSA algorithm in the issuer's list: RS256, unless [`Issuer::algorithms`] says otherwise.
///
/// A key that cannot be used is left out (RFC 7517, section 5). One that should not be published at all, because it is
/// private, a shared secret, too weak or malformed, is logged as a warning by its place in the set.
pub struct KeySet(Vec<Key>);

impl KeySet {
    /// Reads a JWK Set (RFC 7517, section 5).
    ///
    /// # Errors
    ///
    /// If the set is too large, no strict JSON, names two keys alike, or holds no key that can be used.
    pub fn from_jwks(text: &str) -> Result<Self, KeySetError> {
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

    /// Reads a JWK Set from a file, once.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or [`KeySet::from_jwks`] refuses its text. Names the file.
    pub fn from_jwks_file(path: impl AsRef<Path>) -> Result<Self, KeyFileError> {
        let path = path.as_ref();
        let text = read(path).map_err(|source| KeyFileError::Read { path: path.into(), source })?;
        Self::from_jwks(&text).map_err(|source| KeyFileError::Content { path: path.into(), source })
    }

    pub(super) fn of(keys: Vec<Key>) -> Self {
        Self(keys)
    }

    /// The one key of `issuer` that may have signed a token with this header.
    pub(super) fn choose(&self, header: &Header, issuer: &Issuer) -> Result<&Reading, Rejection> {
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

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySet({} keys)", self.0.len())
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

impl From<NotAnObject> for KeySetError {
    fn from(NotAnObject { line, column }: NotAnObject) -> Self {
        Self::NotAnObject { line, column }
    }
}

/// Why a file gives no set of keys.
#[non_exhaustive]
#[derive(thiserror::Error)]
pub enum KeyFileError {
    /// What is in the file is no set of keys.
    #[error("the keys in {} are refused", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeySetError,
    },
    /// The file cannot be read as text.
    #[error("the keys in {} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
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

/// One byte more than is accepted, so that the set is refused by its size without being read to its end.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_BYTES as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

const MAX_BYTES: usize = 512 * 1_024;
const MAX_KEYS: usize = 64;
