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

pub use self::file::KeyFileError;
pub use self::format::KeyFormat;
pub use self::keys::KeySetError;
#[cfg(feature = "jwks-https")]
pub use self::url::{KeyUrl, KeyUrlError};

/// The keys of an issuer, prepared for use. Cloning is cheap; the clones are one set.
///
/// # Changes
///
/// A set from a file or a URL is loaded again and again, on a thread of its own that ends with the last clone. A text that
/// is not a set of keys never replaces one that is: a warning names its place and the error, and the last good keys stay in
/// use for 24 hours. A change takes effect at once: no token of a removed key is accepted any more, also if it is in the
/// cache.
///
/// # Keys
///
/// A key is for one algorithm: that of its `alg`, or of its curve. An RSA key without `alg` is for the first RSA algorithm
/// of the issuer's list: RS256, unless [`Issuer::algorithms`](super::Issuer::algorithms) has another.
///
/// One key never takes the set down:
///
/// - A key that cannot be used is left out (RFC 7517, section 5). If it should not be published at all, because it is
///   private, a shared secret, too weak or malformed, a warning names its place in the set.
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

impl KeySet {
    /// Reads a JWK Set (RFC 7517, section 5), which stays as it is.
    ///
    /// # Errors
    ///
    /// The set is too large, not strict JSON, or has no key that can be used.
    pub fn from_jwks(text: &str) -> Result<Self, KeySetError> {
        Self::from_text(text, KeyFormat::jwks())
    }

    /// Reads keys of any format, which stay as they are.
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

    /// How long ago the file or URL was last read and gave good keys. `None` if it never did, or the keys stay as they are.
    ///
    /// It grows while the source fails. The keys are given up after 24 hours.
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
