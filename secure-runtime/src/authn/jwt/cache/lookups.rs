//! How many lookups found a token, and how many did not.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts lookups. Tokens of different sets are counted in different cache lines, so that threads seldom share one.
pub(super) struct Lookups {
    hits: Box<[Counter; COUNTERS]>,
    misses: Counter,
}

#[derive(Default)]
#[repr(align(64))]
struct Counter(AtomicU64);

impl Lookups {
    pub(super) fn hit(&self, set: usize) {
        self.hits[set % COUNTERS].0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn miss(&self) {
        self.misses.0.fetch_add(1, Ordering::Relaxed);
    }

    #[cfg(any(test, feature = "otel"))]
    pub(super) fn hits(&self) -> u64 {
        self.hits.iter().map(|counter| counter.0.load(Ordering::Relaxed)).sum()
    }

    #[cfg(any(test, feature = "otel"))]
    pub(super) fn misses(&self) -> u64 {
        self.misses.0.load(Ordering::Relaxed)
    }
}

impl Default for Lookups {
    fn default() -> Self {
        Self { hits: Box::new(array::from_fn(|_| Counter::default())), misses: Counter::default() }
    }
}

const COUNTERS: usize = 64;
