//! A cache of recent answers.
//!
//! The cache keeps digests of tokens, and no tokens. Answers of active and of other tokens have a bound of memory each,
//! so that a flood of invalid tokens displaces no valid one.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{Context, SHA256};
use tokio::time::Instant;

use crate::Principal;
use crate::authn::Rejection;
use crate::tls::PeerCertificates;

/// What is known of a token.
pub(super) type Outcome = Result<Principal, Rejection>;

/// The digest of a token, and of the client certificate that it was presented with.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Key([u8; 32]);

impl Key {
    pub(super) fn new(token: &str, peer: Option<&PeerCertificates>) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(token.as_bytes());
        if let Some(peer) = peer {
            // No token holds this byte.
            context.update(&[0]);
            context.update(peer.leaf());
        }
        let mut key = [0; 32];
        key.copy_from_slice(context.finish().as_ref());
        Self(key)
    }
}

/// The answers of active tokens, and of others.
pub(super) struct Cache {
    active: Kept<Principal>,
    refused: Kept<Rejection>,
}

impl Cache {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { active: Kept::new(max_bytes), refused: Kept::new(MAX_REFUSED_BYTES) }
    }

    pub(super) fn get(&self, key: Key) -> Option<Outcome> {
        let now = Instant::now();
        self.active.get(key, now).map(Ok).or_else(|| self.refused.get(key, now).map(Err))
    }

    /// Keeps an outcome for a while: of an active token at most this long.
    pub(super) fn keep(&mut self, key: Key, outcome: &Outcome, until_expiry: Duration) {
        match outcome {
            Ok(principal) => {
                self.active.keep(key, principal.clone(), until_expiry.min(MAX_AGE), principal.weight());
            }
            Err(rejection) => {
                let is_final = *rejection != super::reason::ENDPOINT && *rejection != super::reason::ANSWER;
                let age = if is_final { MAX_REFUSED_AGE } else { RETRY_INTERVAL };
                self.refused.keep(key, *rejection, age, 0);
            }
        }
    }
}

/// Values with an expiry. If they take too many bytes, those that expire first are removed.
struct Kept<T> {
    values: HashMap<Key, Entry<T>>,
    ends: BTreeSet<(Instant, Key)>,
    bytes: usize,
    max_bytes: usize,
}

struct Entry<T> {
    value: T,
    until: Instant,
    /// The other clock stands still while the machine is suspended.
    until_on_wall_clock: SystemTime,
    bytes: usize,
}

impl<T> Entry<T> {
    fn counts(&self, now: Instant) -> bool {
        now < self.until && SystemTime::now() < self.until_on_wall_clock
    }
}

impl<T: Clone> Kept<T> {
    fn new(max_bytes: usize) -> Self {
        Self { values: HashMap::new(), ends: BTreeSet::new(), bytes: 0, max_bytes }
    }

    fn get(&self, key: Key, now: Instant) -> Option<T> {
        self.values.get(&key).filter(|entry| entry.counts(now)).map(|entry| entry.value.clone())
    }

    /// Keeps a value that takes this many bytes beside its place in the tables.
    fn keep(&mut self, key: Key, value: T, age: Duration, bytes: usize) {
        let (until, until_on_wall_clock) = (Instant::now() + age, SystemTime::now() + age);
        let bytes = bytes + ENTRY_BYTES + size_of::<Entry<T>>();
        self.remove(key);
        if bytes > self.max_bytes {
            return;
        }
        let now = Instant::now();
        while let Some((end, first)) = self.ends.first().copied()
            && (end <= now || self.bytes + bytes > self.max_bytes)
        {
            self.remove(first);
        }
        self.bytes += bytes;
        self.ends.insert((until, key));
        self.values.insert(key, Entry { value, until, until_on_wall_clock, bytes });
    }

    fn remove(&mut self, key: Key) {
        if let Some(entry) = self.values.remove(&key) {
            self.ends.remove(&(entry.until, key));
            self.bytes -= entry.bytes;
        }
    }
}

/// How long an active token counts at most without being asked about again. A token that is revoked is accepted for that
/// long.
const MAX_AGE: Duration = Duration::from_secs(60);

/// How long a token that is not accepted is refused without being asked about again.
const MAX_REFUSED_AGE: Duration = Duration::from_secs(10);

/// How long a token is not asked about again after the endpoint failed.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// About 3,500 tokens.
const MAX_REFUSED_BYTES: usize = 1024 * 1024;

/// What the two tables take for an entry, with the free places that they keep.
const ENTRY_BYTES: usize = 240;

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u32) -> Key {
        Key::new(&number.to_string(), None)
    }

    fn principal(claim_bytes: usize) -> Principal {
        let claims = serde_json::json!({ "x": "y".repeat(claim_bytes) });
        Principal::new("i", "s").claims(claims.as_object().unwrap().clone())
    }

    #[tokio::test(start_paused = true)]
    async fn active_token_is_cached_for_sixty_seconds_and_not_beyond_its_expiry() {
        let mut cache = Cache::new(1 << 20);
        cache.keep(key(1), &Ok(principal(1)), Duration::from_secs(3_600));
        cache.keep(key(2), &Ok(principal(1)), Duration::from_secs(5));
        cache.keep(key(3), &Ok(principal(1)), Duration::ZERO);
        let known = |cache: &Cache| [1, 2, 3].map(|number| cache.get(key(number)).is_some());
        assert_eq!(known(&cache), [true, true, false]);
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(known(&cache), [true, false, false]);
        tokio::time::advance(Duration::from_secs(54)).await;
        assert_eq!(known(&cache), [true, false, false]);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(known(&cache), [false, false, false]);
    }

    #[test]
    fn answer_counts_no_longer_than_its_time_on_either_clock() {
        let (now, wall, minute) = (Instant::now(), SystemTime::now(), Duration::from_secs(60));
        let entry = |until, until_on_wall_clock| Entry { value: (), until, until_on_wall_clock, bytes: 0 };
        assert!(entry(now + minute, wall + minute).counts(now));
        assert!(!entry(now, wall + minute).counts(now));
        assert!(!entry(now + minute, wall - minute).counts(now), "the machine was suspended");
    }

    #[tokio::test(start_paused = true)]
    async fn refusal_is_cached_for_ten_seconds_and_a_failure_for_one() {
        let mut cache = Cache::new(1 << 20);
        cache.keep(key(1), &Err(super::super::reason::INACTIVE), Duration::ZERO);
        cache.keep(key(2), &Err(super::super::reason::ENDPOINT), Duration::ZERO);
        let known = |cache: &Cache| [1, 2].map(|number| cache.get(key(number)).is_some());
        assert_eq!(known(&cache), [true, true]);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(known(&cache), [true, false]);
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_eq!(known(&cache), [false, false]);
    }

    #[test]
    fn cached_answers_are_bounded_and_refusals_displace_no_active_token() {
        let mut cache = Cache::new(1 << 20);
        for number in 0..10_000 {
            cache.keep(key(number), &Ok(principal(1_000)), Duration::from_secs(60));
        }
        assert!(cache.active.bytes <= 1 << 20 && cache.active.bytes > 1 << 19, "{}", cache.active.bytes);
        assert_eq!(cache.active.values.len(), cache.active.ends.len());
        let active = cache.active.values.len();
        for number in 0..20_000 {
            cache.keep(key(100_000 + number), &Err(super::super::reason::INACTIVE), Duration::ZERO);
        }
        assert!(cache.refused.bytes <= MAX_REFUSED_BYTES);
        assert!((3_000..10_000).contains(&cache.refused.values.len()), "{}", cache.refused.values.len());
        assert_eq!(cache.active.values.len(), active);
    }

    #[test]
    fn answer_that_is_too_large_is_not_cached() {
        let mut cache = Cache::new(10_000);
        cache.keep(key(1), &Ok(principal(100_000)), Duration::from_secs(60));
        assert!(cache.get(key(1)).is_none());
        assert_eq!(cache.active.bytes, 0);
    }
}
