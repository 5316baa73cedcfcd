//! API keys in a file.
//!
//! 1. A call presents a key in one header.
//! 2. The SHA-256 of the key is compared with every digest of the file, in constant time.
//! 3. The entry of the matching key has the name, the roles and the expiry of the caller.
//!
//! The file contains digests only, so no key can be read from it. It is read again when it changes.

mod file;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use aws_lc_rs::digest::{SHA256, digest as hash};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderName;
use http::header::AUTHORIZATION;

use self::file::KeyList;
use super::{Authentication, Authenticator, CallHead, Rejection};
use crate::Principal;
use crate::follow::Following;

pub use self::file::ApiKeyFileError;

/// API keys of a file as credentials. Cloning is cheap.
///
/// The file is JSON, such as
///
/// ```json
/// { "keys": [
///     { "name": "billing-job", "digest": "Kv2X0hUhmNxSGjWs1WmpDy4zfDyEmmLvTF5lW1Xxhko",
///       "roles": ["orders:read"], "exp": 1830297600 }
/// ] }
/// ```
///
/// - `name` is the subject of the caller, and is in the audit log.
/// - `digest` is [`ApiKeys::digest`] of the key. Take keys from a random generator, with at least 32 characters: a key
///   that can be guessed can be found from its digest.
/// - `exp` is when the key expires, in seconds since 1970 (a NumericDate, RFC 7519, section 2). Running calls end then,
///   too.
/// - `roles` and `scopes` may be left out.
///
/// Names and digests occur once each. A file that breaks a rule is refused as a whole, and the last good keys stay in use.
///
/// ```no_run
/// use secure_runtime::Gate;
/// use secure_runtime::authn::ApiKeys;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = ApiKeys::from_file("https://keys.example.com", "/etc/orders/api-keys.json")?.prefix("shop_");
/// let gate = Gate::new(keys);
/// # Ok(())
/// # }
/// ```
///
/// With tokens: `keys.either(tokens)` ([`Authenticator::either`](super::Authenticator::either)).
#[derive(Clone)]
pub struct ApiKeys {
    issuer: Arc<str>,
    header: HeaderName,
    prefix: Arc<str>,
    owners_and_tenants: bool,
    keys: Arc<ArcSwap<KeyList>>,
    /// Follows the file, if there is one, until it is dropped.
    _following: Option<Arc<Following>>,
}

impl ApiKeys {
    /// Reads the file now, and again every 10 seconds. `issuer` is the issuer of the callers: a name of your own, and not
    /// that of an issuer of tokens.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or breaks a rule, or no thread can be started. The error names the file, and never has a
    /// digest.
    pub fn from_file(issuer: impl Into<String>, path: impl AsRef<Path>) -> Result<Self, ApiKeyFileError> {
        let (keys, following) = file::follow(path.as_ref())?;
        Ok(Self { _following: Some(Arc::new(following)), ..Self::of(issuer.into(), keys) })
    }

    /// Reads the text of a file, which is not read again.
    ///
    /// # Errors
    ///
    /// The text breaks a rule. The error never has a digest.
    pub fn from_json(issuer: impl Into<String>, text: &str) -> Result<Self, ApiKeyFileError> {
        let keys = KeyList::read(text).map_err(|error| ApiKeyFileError::Text { reason: error.to_string() })?;
        Ok(Self::of(issuer.into(), Arc::new(ArcSwap::from_pointee(keys))))
    }

    fn of(issuer: String, keys: Arc<ArcSwap<KeyList>>) -> Self {
        let header = HeaderName::from_static("x-api-key");
        let (issuer, prefix) = (issuer.into(), "".into());
        Self { issuer, header, prefix, owners_and_tenants: false, keys, _following: None }
    }

    /// The text that all keys start with, such as `shop_`. It is part of the key. Default: none.
    ///
    /// A prefix lets scanners of source code find keys that leaked. Where keys and tokens share the header
    /// `authorization`, it also tells them apart.
    #[must_use]
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into().into(), ..self }
    }

    /// The header with the key. Default: `x-api-key`. In `authorization`, the key is a bearer token: `Bearer <key>`.
    #[must_use]
    pub fn header(self, header: HeaderName) -> Self {
        Self { header, ..self }
    }

    /// Lets names of keys satisfy `owner` rules. Default: callers are
    /// [excluded from ownership](Principal::excluded_from_ownership).
    ///
    /// Risk: a key that has the name of a token's subject reaches the data of that subject.
    #[must_use]
    pub fn owners_and_tenants(self) -> Self {
        Self { owners_and_tenants: true, ..self }
    }

    /// The digest of a key for the file: its SHA-256 in base64url without padding.
    ///
    /// ```
    /// use secure_runtime::authn::ApiKeys;
    ///
    /// let key = "shop_0hJ8rQ2mVb5xTn3yLw7cKd9fGs4aZe6p"; // from a random generator
    /// println!("{}", ApiKeys::digest(key));
    /// ```
    pub fn digest(key: &str) -> String {
        URL_SAFE_NO_PAD.encode(hash(&SHA256, key.as_bytes()))
    }

    /// The text of the header, if there is one.
    fn presented<'a>(&self, head: &CallHead<'a>) -> Result<Option<&'a str>, Rejection> {
        if self.header == AUTHORIZATION {
            return Ok(head.bearer()?.map(|token| token.as_str()));
        }
        let mut values = head.headers().get_all(&self.header).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => value.to_str().map(Some).map_err(|_| MALFORMED),
            (Some(_), Some(_)) => Err(SEVERAL),
        }
    }

    fn principal(&self, key: &str) -> Result<Principal, Rejection> {
        if key.len() > MAX_BYTES || !key.starts_with(&*self.prefix) {
            return Err(MALFORMED);
        }
        let keys = self.keys.load();
        let entry = keys.find(hash(&SHA256, key.as_bytes()).as_ref()).ok_or(UNKNOWN)?;
        if entry.end <= SystemTime::now() {
            return Err(EXPIRED);
        }
        let principal = Principal::new(&*self.issuer, &*entry.name).roles(&entry.roles).scopes(&entry.scopes);
        let principal = principal.expires_at(entry.end);
        Ok(if self.owners_and_tenants { principal } else { principal.excluded_from_ownership() })
    }
}

impl Authenticator for ApiKeys {
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication {
        self.presented(head).and_then(|key| key.map(|key| self.principal(key)).transpose()).into()
    }

    fn credential_headers(&self) -> Vec<HeaderName> {
        vec![self.header.clone()]
    }

    /// A lookup costs a digest, so the key is looked up. A key that is not good is counted as a guess.
    fn recall(&self, head: &CallHead<'_>) -> Option<Principal> {
        self.principal(self.presented(head).ok()??).ok()
    }

    /// In `authorization`, a text without the prefix is not an API key.
    fn is_presented(&self, head: &CallHead<'_>) -> bool {
        let is_key = |value: &http::HeaderValue| match self.header == AUTHORIZATION && !self.prefix.is_empty() {
            true => value.as_bytes().get(BEARER..).is_some_and(|key| key.starts_with(self.prefix.as_bytes())),
            false => true,
        };
        head.headers().get_all(&self.header).iter().any(is_key)
    }
}

/// Shows no key and no digest.
impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys").field("header", &self.header).finish_non_exhaustive()
    }
}

/// The length of `Bearer` and one space.
const BEARER: usize = 7;

/// The longest key.
const MAX_BYTES: usize = 512;

const EXPIRED: Rejection = Rejection::expired("the API key has expired");
const MALFORMED: Rejection = Rejection::rejected("the API key is malformed, or does not have the prefix");
const SEVERAL: Rejection = Rejection::rejected("there is more than one API key");
const UNKNOWN: Rejection = Rejection::rejected("the API key is unknown");
