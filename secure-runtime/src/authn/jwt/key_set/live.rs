//! The current keys of a set, which are replaced while calls use them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};

use super::keys::Keys;
use super::single_flight::SingleFlight;
use crate::moment::Moment;

/// The current keys of a set. Readers never wait, and there is one writer.
pub(super) struct Live {
    snapshot: ArcSwap<Snapshot>,
    refresh: SingleFlight,
    confirmed: Mutex<Option<Moment>>,
}

/// The keys from one change to the next.
pub(in crate::authn::jwt) struct Snapshot {
    generation: u64,
    keys: Option<Arc<Keys>>,
}

impl Live {
    /// Keys that no call can refresh.
    pub(super) fn fixed(keys: Keys) -> Self {
        Self::new(Some(keys), SingleFlight::disabled())
    }

    /// No keys yet. Calls may request a refresh.
    #[cfg(any(test, feature = "jwks-https"))]
    pub(super) fn empty(refresh: SingleFlight) -> Self {
        Self::new(None, refresh)
    }

    fn new(keys: Option<Keys>, refresh: SingleFlight) -> Self {
        let keys = keys.map(Arc::new);
        let snapshot = ArcSwap::from_pointee(Snapshot { generation: 0, keys });
        Self { snapshot, refresh, confirmed: Mutex::default() }
    }

    pub(super) fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.snapshot.load()
    }

    pub(super) fn refresh(&self) -> &SingleFlight {
        &self.refresh
    }

    /// Records that the source has these keys now.
    pub(super) fn confirm(&self) {
        *self.confirmed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Moment::now());
    }

    /// Since when the source was not read. `None` if it never was.
    pub(super) fn age(&self) -> Option<Duration> {
        self.confirmed.lock().unwrap_or_else(PoisonError::into_inner).map(|confirmed| confirmed.elapsed())
    }

    /// Replaces the keys. With `None`, no token can be verified any more.
    pub(super) fn replace(&self, keys: Option<Keys>) {
        self.replace_shared(keys.map(Arc::new));
    }

    pub(super) fn replace_shared(&self, keys: Option<Arc<Keys>>) {
        let generation = self.snapshot().generation + 1;
        self.snapshot.store(Arc::new(Snapshot { generation, keys }));
    }
}

impl Snapshot {
    /// It goes up by one with every change.
    pub(in crate::authn::jwt) fn generation(&self) -> u64 {
        self.generation
    }

    /// `None` if no keys were loaded yet, or the last ones are too old.
    pub(in crate::authn::jwt) fn keys(&self) -> Option<&Keys> {
        self.keys.as_deref()
    }

    /// The keys, to be kept when they are replaced.
    pub(super) fn shared_keys(&self) -> Option<Arc<Keys>> {
        self.keys.clone()
    }
}
