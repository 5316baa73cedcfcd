//! The forms in which issuers publish keys.

use serde_json::value::RawValue;

use super::keys::{KeySetError, MAX_BYTES};
use crate::authn::jwt::key::{Key, KeyName};
use crate::authn::jwt::public_key::Unusable;
use crate::authn::jwt::{LimitOutOfBounds, jwk, limits, spki};
use crate::json;

/// The form of a set of keys, and how many it may have.
///
/// ```
/// use secure_runtime::authn::jwt::{KeyFormat, KeySet};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pem = "-----BEGIN PUBLIC KEY-----\n\
///     MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
///     -----END PUBLIC KEY-----\n";
/// let keys = KeySet::from_text(pem, KeyFormat::pem())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct KeyFormat {
    kind: Kind,
    max_keys: usize,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Certificates,
    Jwks,
    Pem,
}

/// One key of a text, or why it is left out.
pub(super) type Read = Result<Key, Unusable>;

impl KeyFormat {
    /// A JWK Set (RFC 7517, section 5).
    pub fn jwks() -> Self {
        Self { kind: Kind::Jwks, max_keys: DEFAULT_MAX_KEYS }
    }

    /// A JSON object in which each member is a `kid` and its X.509 certificate in PEM, as Google publishes keys.
    ///
    /// Only the public key of a certificate is used. Its dates, names and issuer are not checked: the place that
    /// publishes the set vouches for its keys.
    pub fn certificates() -> Self {
        Self { kind: Kind::Certificates, ..Self::jwks() }
    }

    /// Public keys or X.509 certificates in PEM.
    ///
    /// PEM has no `kid`: a key is for tokens with any `kid`, and for those without. So there can be one key for each
    /// algorithm: with several, tokens are refused because the key is not clear. An RSA key is for the first RSA algorithm
    /// of [`Issuer::algorithms`](crate::authn::jwt::Issuer::algorithms).
    pub fn pem() -> Self {
        Self { kind: Kind::Pem, ..Self::jwks() }
    }

    /// The number of keys that a set may have, unusable ones included. Default: 64. Maximum: 1,024.
    ///
    /// # Errors
    ///
    /// It is 0 or above the maximum.
    pub fn max_keys(self, max_keys: usize) -> Result<Self, LimitOutOfBounds> {
        limits::within("max_keys", max_keys, 1_024).map(|max_keys| Self { max_keys, ..self })
    }

    pub(super) fn read(self, text: &str) -> Result<Vec<Read>, KeySetError> {
        if text.len() > MAX_BYTES {
            return Err(KeySetError::TooLarge);
        }
        let keys = match self.kind {
            Kind::Certificates => self.certificates_in(text)?,
            Kind::Jwks => self.jwks_in(text)?,
            Kind::Pem => spki::keys(text, &KeyName::Any).map_err(|_| KeySetError::NotPem)?,
        };
        if keys.len() <= self.max_keys { Ok(keys) } else { Err(KeySetError::TooManyKeys) }
    }

    /// Each key is read for itself, so that a malformed one leaves the others.
    fn jwks_in(self, text: &str) -> Result<Vec<Read>, KeySetError> {
        let set = json::raw_members(text)?;
        let list = set.get("keys").ok_or(KeySetError::NoList)?;
        let jwks: Vec<&RawValue> = serde_json::from_str(list.get()).map_err(|_| KeySetError::NoList)?;
        if jwks.len() > self.max_keys {
            return Err(KeySetError::TooManyKeys);
        }
        Ok(jwks.into_iter().map(jwk_in).collect())
    }

    fn certificates_in(self, text: &str) -> Result<Vec<Read>, KeySetError> {
        let set = json::raw_members(text)?;
        if set.len() > self.max_keys {
            return Err(KeySetError::TooManyKeys);
        }
        Ok(set.into_iter().map(|(kid, pem)| certificate_in(kid, pem)).collect())
    }
}

fn jwk_in(text: &RawValue) -> Read {
    let jwk = json::object(text.get().as_bytes()).map_err(|_| Unusable::Faulty("it is not a strict JSON object"))?;
    jwk::read(&jwk)
}

fn certificate_in(kid: String, pem: &RawValue) -> Read {
    let pem: String = serde_json::from_str(pem.get()).map_err(|_| Unusable::Faulty("it is not a string"))?;
    let keys = spki::keys(&pem, &KeyName::Kid(kid)).map_err(|_| Unusable::Faulty("it is not PEM"))?;
    let mut keys = keys.into_iter();
    match (keys.next(), keys.next()) {
        (Some(key), None) => key,
        _ => Err(Unusable::Faulty("it is not one certificate")),
    }
}

const DEFAULT_MAX_KEYS: usize = 64;
