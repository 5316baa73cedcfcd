//! Keys that are replaced while calls use them.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use super::flights::Flights;
use super::keys::Keys;

/// The keys of a set as of now. Readers never wait; there is one writer.
pub(super) struct Live {
    snapshot: ArcSwap<Snapshot>,
    flights: Flights,
}

/// The keys between two changes.
pub(in crate::authn::jwt) struct Snapshot {
    generation: u64,
    keys: Option<Keys>,
}

impl Live {
    pub(super) fn fixed(keys: Keys) -> Self {
        Self::new(Some(keys), Flights::none())
    }

    pub(super) fn new(keys: Option<Keys>, flights: Flights) -> Self {
        Self { snapshot: ArcSwap::from_pointee(Snapshot { generation: 0, keys }), flights }
    }

    pub(super) fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.snapshot.load()
    }

    pub(super) fn flights(&self) -> &Flights {
        &self.flights
    }

    /// Replaces the keys; with `None`, nothing can be checked any more.
    pub(super) fn replace(&self, keys: Option<Keys>) {
        let generation = self.snapshot().generation + 1;
        self.snapshot.store(Arc::new(Snapshot { generation, keys }));
    }
}

impl Snapshot {
    /// Goes up by one with every change.
    pub(in crate::authn::jwt) fn generation(&self) -> u64 {
        self.generation
    }

    /// `None` if there never were any, or the last ones are too old.
    pub(in crate::authn::jwt) fn keys(&self) -> Option<&Keys> {
        self.keys.as_ref()
    }
}
