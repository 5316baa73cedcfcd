//! The keys of an issuer, and how they change.

mod file;
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

use std::fmt;
use std::sync::Arc;

use arc_swap::Guard;

use self::keys::Keys;
use self::live::{Live, Snapshot};
pub(super) use self::single_flight::Waiter;
use super::key::Key;
use crate::follow::Following;

pub use self::file::KeyFileError;
pub use self::keys::KeySetError;
#[cfg(feature = "jwks-https")]
pub use self::remote::KeyUrlError;

/// The keys of an issuer, prepared for use. Cloning is cheap; the clones are one set.
///
/// A set from a file or an URL follows what is there, in the background, on a thread of its own that ends with the last
/// clone. What is there but is no set of keys never replaces one that is: a warning names where it came from
/// and what is wrong, and the last good keys go on. A change takes effect at once and for every token: one that was
/// good by a key that is gone is good no more.
///
/// A key is good for one algorithm: that of its `alg`, or of its curve. An RSA key without `alg` is good for the first
/// RSA algorithm in the issuer's list: RS256, unless [`Issuer::algorithms`](super::Issuer::algorithms) says otherwise.
///
/// A key that cannot be used is left out (RFC 7517, section 5). One that should not be published at all, because it is
/// private, a shared secret, too weak or malformed, is logged as a warning by its place in the set.
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
    /// If the set is too large, no strict JSON, names two keys alike, or holds no key that can be used.
    pub fn from_jwks(text: &str) -> Result<Self, KeySetError> {
        Keys::read(text).map(Self::fixed)
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
