//! A cache of verified tokens and their principals.
//!
//! - Only successes are kept, each for at most [`MAX_AGE`].
//! - A change of any key invalidates every entry at once.
//! - All entries together take at most the bytes that the cache was made for.

mod lookups;

use std::array;
use std::fmt;
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use foldhash::quality::RandomState;
use zeroize::Zeroizing;

use self::lookups::Lookups;
use crate::principal::Principal;
use crate::tls::PeerCertificates;

/// A table of sets with a few places each. A lookup takes no lock, and writes only the reference count of a principal.
pub(super) struct Cache {
    hasher: RandomState,
    /// Made for the first entry. Their number is a power of two.
    sets: OnceLock<Box<[Set]>>,
    lookups: Lookups,
    max_bytes: usize,
    budget: Mutex<Budget>,
}

type Set = [ArcSwapOption<Entry>; WAYS];

/// What the entries take. Only writers, which verified a signature before, wait for it.
#[derive(Default)]
struct Budget {
    bytes: usize,
    /// The next place to empty if there are too many bytes.
    next: usize,
}

/// A whole token and its principal.
struct Entry {
    /// Wiped from memory when the entry is dropped.
    token: Zeroizing<Box<str>>,
    /// The client certificate that the token was presented with.
    leaf: Option<Box<[u8]>>,
    during: Range<SystemTime>,
    generation: u64,
    principal: Principal,
}

impl Cache {
    /// A cache whose entries take at most `max_bytes` together.
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            hasher: RandomState::default(),
            sets: OnceLock::new(),
            lookups: Lookups::default(),
            max_bytes,
            budget: Mutex::default(),
        }
    }

    /// A cache of the same size, for a verifier that changed.
    pub(super) fn emptied(&self) -> Arc<Self> {
        Arc::new(Self::new(self.max_bytes))
    }

    /// The principal of `token`: from the cache, or else from `verify`, whose successes are kept.
    ///
    /// `generation` is that of the keys before `verify` reads them: an entry that was made while they changed is never
    /// used.
    pub(super) fn principal<E>(
        &self,
        token: &str,
        peer: Option<&PeerCertificates>,
        now: SystemTime,
        generation: u64,
        verify: impl FnOnce() -> Result<Principal, E>,
    ) -> Result<Principal, E> {
        if let Some(principal) = self.known(token.as_bytes(), peer, now, generation) {
            return Ok(principal);
        }
        self.lookups.miss();
        let principal = verify()?;
        if let Some(until) = until(&principal, now) {
            let (token, leaf) = (Zeroizing::new(token.into()), peer.map(|peer| Box::from(peer.leaf())));
            self.keep(Entry { token, leaf, during: now..until, generation, principal: principal.clone() });
        }
        Ok(principal)
    }

    /// The principal of a token that was verified a moment ago. Any bytes may be asked for.
    pub(super) fn known(
        &self,
        token: &[u8],
        peer: Option<&PeerCertificates>,
        now: SystemTime,
        generation: u64,
    ) -> Option<Principal> {
        let (sets, leaf) = (self.sets.get()?, peer.map(PeerCertificates::leaf));
        let index = self.index(token, sets);
        let kept = |entry: &Entry| entry.proves(token, leaf, now).filter(|_| entry.generation == generation);
        let principal = sets[index].iter().find_map(|place| kept(place.load().as_ref()?))?;
        self.lookups.hit(index);
        Some(principal)
    }

    /// Keeps an entry in place of the one in its set that ends first, and of as many others as its bytes need.
    fn keep(&self, entry: Entry) {
        let weight = entry.weight();
        if weight > self.max_bytes / MIN_ENTRIES {
            return;
        }
        let sets = self.sets.get_or_init(|| empty_sets(self.max_bytes));
        let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        let place = first_to_end(&sets[self.index(entry.token.as_bytes(), sets)], entry.during.start);
        budget.bytes -= removed(place);
        while budget.bytes + weight > self.max_bytes {
            budget.bytes -= removed(&sets[budget.next / WAYS][budget.next % WAYS]);
            budget.next = (budget.next + 1) % (sets.len() * WAYS);
        }
        budget.bytes += weight;
        place.store(Some(Arc::new(entry)));
    }

    /// The index of the set of a token.
    fn index(&self, token: &[u8], sets: &[Set]) -> usize {
        // Their number is a power of two.
        self.hasher.hash_one(token) as usize & (sets.len() - 1)
    }

    /// How many lookups found a token, or found none.
    #[cfg(any(test, feature = "otel"))]
    pub(super) fn lookups(&self, is_hit: bool) -> u64 {
        if is_hit { self.lookups.hits() } else { self.lookups.misses() }
    }
}

impl Entry {
    /// The principal, if the same token was presented with the same certificate and the entry has not ended.
    fn proves(&self, token: &[u8], leaf: Option<&[u8]>, now: SystemTime) -> Option<Principal> {
        let is_same = self.token.as_bytes() == token && self.leaf.as_deref() == leaf && self.during.contains(&now);
        is_same.then(|| self.principal.clone())
    }

    /// The memory that it takes, in bytes.
    fn weight(&self) -> usize {
        size_of::<Self>() + self.token.len() + self.leaf.as_deref().map_or(0, <[u8]>::len) + self.principal.weight()
    }
}

fn until(principal: &Principal, now: SystemTime) -> Option<SystemTime> {
    let latest = now.checked_add(MAX_AGE)?;
    Some(principal.expiry().map_or(latest, |expiry| expiry.min(latest)))
}

/// As many places as there may be short entries in so many bytes.
fn empty_sets(max_bytes: usize) -> Box<[Set]> {
    let sets = (max_bytes / (WAYS * BYTES_OF_PLACE)).clamp(MIN_ENTRIES / WAYS, MAX_SETS).next_power_of_two();
    (0..sets).map(|_| array::from_fn(|_| ArcSwapOption::empty())).collect()
}

/// An empty place, or the one whose entry ends first.
fn first_to_end(set: &Set, now: SystemTime) -> &ArcSwapOption<Entry> {
    let [first, rest @ ..] = set;
    let end = |place: &ArcSwapOption<Entry>| place.load().as_ref().map_or(now, |entry| entry.during.end);
    rest.iter().fold(first, |soonest, place| if end(place) < end(soonest) { place } else { soonest })
}

/// Empties a place. Returns the bytes of its entry.
fn removed(place: &ArcSwapOption<Entry>) -> usize {
    // To look is cheaper than to swap, and most places of a cache with large entries are empty.
    if place.load().is_none() {
        return 0;
    }
    place.swap(None).map_or(0, |entry| entry.weight())
}

impl Default for Cache {
    fn default() -> Self {
        Self::new(DEFAULT_MAX_BYTES)
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("max_bytes", &self.max_bytes).finish_non_exhaustive()
    }
}

/// How long a success is kept at most. A token that is revoked without a change of keys is accepted for that long.
const MAX_AGE: Duration = Duration::from_secs(60);

const DEFAULT_MAX_BYTES: usize = 64 * 1024 * 1024;

/// There is room for at least so many entries: a larger one is not kept.
const MIN_ENTRIES: usize = 8;

/// How many places a set has.
const WAYS: usize = 4;

/// An entry is seldom shorter than this, in bytes.
const BYTES_OF_PLACE: usize = 1024;

/// The places of a cache without a bound take 32 MiB.
const MAX_SETS: usize = 1 << 20;

#[cfg(test)]
mod tests;
