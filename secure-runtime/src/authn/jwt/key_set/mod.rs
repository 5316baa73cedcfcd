//! The keys of an issuer, and how they change.

mod file;
mod format;
mod keys;
mod live;
#[cfg(feature = "jwks-https")]
mod max_age;
#[cfg(any(test, feature = "jwks-https"))]
mod refresh;
#[cfg(feature = "jwks-https")]
mod remote;
// Without the feature, calls request nothing: what only a refresher uses is dead.
#[cfg_attr(not(any(test, feature = "jwks-https")), expect(dead_code, reason = "the refresher is a feature"))]
mod single_flight;
#[cfg(test)]
mod tests;
#[cfg(feature = "jwks-https")]
mod url;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::Guard;

use self::keys::Keys;
use self::live::{Live, Snapshot};
pub(super) use self::single_flight::Waiter;
use super::key::Key;
use crate::follow::Following;
#[cfg(not(feature = "jwks-https"))]
use crate::missing_feature::JwksHttps;

pub use self::file::KeyFileError;
pub use self::format::KeyFormat;
pub use self::keys::KeySetError;
#[cfg(feature = "jwks-https")]
pub use self::url::{KeyUrl, KeyUrlError};

/// The keys of an issuer, prepared for use. Cloning is cheap; the clones are one set.
///
/// # Changes
///
/// A set from a file or a URL is loaded repeatedly, on a thread of its own. The thread stops when the last clone is
/// dropped.
///
/// - A text that is not a set of keys never replaces good keys. A warning names the source and the error. The last good
///   keys stay in use for 24 hours.
/// - A change takes effect at once. A token of a removed key is refused, even if it is in the cache.
///
/// # Keys
///
/// A key is for one algorithm: that of its `alg`, or of its curve. An RSA key without `alg` is for the first RSA algorithm
/// of the issuer's list: RS256, unless [`Issuer::algorithms`](super::Issuer::algorithms) has another.
///
/// An unusable key does not affect the others:
///
/// - A key that cannot be used is left out (RFC 7517, section 5). If it should not be published at all, a warning names
///   its place in the set. Such keys are private, shared secrets, weak or malformed.
/// - The same key twice is one key.
/// - Two different keys for one algorithm with one `kid` make this `kid` unusable, with a warning.
///
/// `null` counts as absent. Zero bytes in front of `n` and `e` are ignored, and limits count the bits after them.
#[derive(Clone)]
pub struct KeySet {
    live: Arc<Live>,
    /// Follows the file of the keys until it is dropped.
    _following: Option<Arc<Following>>,
}

#[cfg(not(feature = "jwks-https"))]
#[doc(hidden)]
impl KeySet {
    pub fn from_discovery<I, T>(_: I, _: T) -> Result<Self, KeySetError>
    where
        for<'a> &'a (): JwksHttps,
    {
        <&() as JwksHttps>::never()
    }

    pub fn from_jwks_url<U, T>(_: U, _: T) -> Result<Self, KeySetError>
    where
        for<'a> &'a (): JwksHttps,
    {
        <&() as JwksHttps>::never()
    }
}

impl KeySet {
    /// Reads a JWK Set (RFC 7517, section 5). The keys never change.
    ///
    /// # Errors
    ///
    /// The set is too large, not strict JSON, or has no key that can be used.
    pub fn from_jwks(text: &str) -> Result<Self, KeySetError> {
        Self::from_text(text, KeyFormat::jwks())
    }

    /// Reads keys of any format. The keys never change.
    ///
    /// # Errors
    ///
    /// The text is too large, does not have this format, or has no key that can be used.
    pub fn from_text(text: &str, format: KeyFormat) -> Result<Self, KeySetError> {
        Keys::read(text, format).map(Self::fixed)
    }

    pub(super) fn of(key: Key) -> Self {
        Self::fixed(Keys::one(key))
    }

    fn fixed(keys: Keys) -> Self {
        Self::of_live(Arc::new(Live::fixed(keys)))
    }

    fn of_live(live: Arc<Live>) -> Self {
        Self { live, _following: None }
    }

    /// How long ago the file or URL was last read and gave good keys. `None` if it never did, or the keys never change.
    ///
    /// It grows until the next attempt, and while attempts fail: so up to 24 hours in good health, if the URL has a long `max-age`.
    /// After 24 hours of failed attempts the keys are dropped, and calls are refused with UNAVAILABLE.
    pub fn age(&self) -> Option<Duration> {
        self.live.age()
    }

    /// The keys as they are now.
    pub(super) fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.live.snapshot()
    }

    /// Lets a call wait for newer keys: `None` if it must be answered with the keys at hand.
    pub(super) fn join_refresh(&self) -> Option<Waiter> {
        self.live.refresh().join()
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.snapshot().keys() {
            Some(keys) => write!(f, "KeySet({} keys)", keys.number()),
            None => f.write_str("KeySet(not loaded)"),
        }
    }
}
