//! Keys, prepared for use.

use super::format::{KeyFormat, Read};
use crate::authn::Rejection;
use crate::authn::jwt::header::Header;
use crate::authn::jwt::key::{Key, Reading};
use crate::authn::jwt::{Algorithm, Issuer, reason};
use crate::json::NotAnObject;

/// The keys of one text, at least one.
pub(in crate::authn::jwt) struct Keys(Vec<Key>);

impl Keys {
    /// Reads a set. Keys that cannot be used are left out.
    pub(super) fn read(text: &str, format: KeyFormat) -> Result<Self, KeySetError> {
        match usable(format.read(text)?) {
            keys if keys.is_empty() => Err(KeySetError::NoUsableKey),
            keys => {
                warn_of_conflicts(&keys);
                Ok(Self(keys))
            }
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
            None => single(self.0.iter(), algorithm, issuer, reason::KEY_UNKNOWN),
        }
    }

    /// A key is for one algorithm (RFC 8725, section 3.1).
    fn named(&self, kid: &str, algorithm: Algorithm, issuer: &Issuer) -> Result<&Reading, Rejection> {
        let mut named = self.0.iter().filter(|key| key.name.is(kid)).peekable();
        match named.peek() {
            None => Err(reason::KEY_UNKNOWN),
            Some(_) => single(named, algorithm, issuer, reason::KEY_ALGORITHM),
        }
    }
}

/// The key for an algorithm, if all of these keys for it are the same.
fn single<'a>(
    keys: impl Iterator<Item = &'a Key>,
    algorithm: Algorithm,
    issuer: &Issuer,
    none: Rejection,
) -> Result<&'a Reading, Rejection> {
    let readings = keys.filter_map(|key| Some((key, key.of(issuer)?)));
    let mut readings = readings.filter(|(_, reading)| reading.algorithm == algorithm);
    let (first, reading) = readings.next().ok_or(none)?;
    if readings.all(|(key, _)| key.has_same_material(first)) { Ok(reading) } else { Err(reason::KEY_AMBIGUOUS) }
}

/// Why a text is not a set of keys.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq, thiserror::Error)]
pub enum KeySetError {
    /// The set has no member `keys`, or it is not an array.
    #[error("`keys` is not an array, so the text is not a JWK Set (RFC 7517)")]
    NoList,
    /// No key of the set can be used, so every token would be refused.
    #[error("no key can be used: the set needs a public key for signatures, of a supported algorithm")]
    NoUsableKey,
    /// The text is not one JSON object without duplicate members.
    #[error("line {line}, column {column}: not a strict JSON object")]
    NotAnObject {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// The text has no PEM section, or a malformed one.
    #[error("not PEM")]
    NotPem,
    /// The text has more than 512 KiB.
    #[error("the set has more than 512 KiB: leave out keys that are not for this service")]
    TooLarge,
    /// The set has more keys than [`KeyFormat::max_keys`].
    #[error("the set has too many keys (`KeyFormat::max_keys`)")]
    TooManyKeys,
}

debug_as_display!(KeySetError);

impl From<NotAnObject> for KeySetError {
    fn from(NotAnObject { line, column }: NotAnObject) -> Self {
        Self::NotAnObject { line, column }
    }
}

/// Keys that can be used. A key that occurs twice with the same name and algorithms is one key.
fn usable(keys: Vec<Read>) -> Vec<Key> {
    let mut usable: Vec<Key> = Vec::new();
    for (place, key) in keys.into_iter().enumerate() {
        match key {
            Ok(key) if usable.iter().any(|other| other.is_copy_of(&key)) => {}
            Ok(key) => usable.push(key),
            Err(unusable) => unusable.log(place),
        }
    }
    usable
}

/// No token can be verified with the `kid` of two different keys for one algorithm.
fn warn_of_conflicts(keys: &[Key]) {
    let is_in_conflict = |(place, key): (usize, &Key)| keys[..place].iter().any(|other| other.conflicts_with(key));
    let number = keys.iter().enumerate().filter(|key| is_in_conflict(*key)).count();
    if number > 0 {
        tracing::warn!(number, "keys have the `kid` and algorithm of another key: tokens with this `kid` are refused");
    }
}

/// The longest text of a set.
pub(super) const MAX_BYTES: usize = 512 * 1_024;
