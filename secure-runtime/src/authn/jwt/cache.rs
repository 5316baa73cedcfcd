//! Tokens that were verified a moment ago, and who they prove.
//!
//! Only successes are kept, each for at most [`LONGEST`], and no longer than the keys stay as they are: a change of any
//! key makes every entry worthless at once.

use std::array;
use std::fmt;
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use foldhash::quality::RandomState;

use crate::principal::Principal;
use crate::tls::PeerCertificates;

/// A table of sets of a few places. A lookup writes nothing that threads share but the principal's count; a set that is
/// full gives up the entry that would end first.
pub(super) struct Cache {
    hasher: RandomState,
    sets: Box<[[ArcSwapOption<Entry>; WAYS]]>,
}

/// A token, whole, and what it was found to prove.
struct Entry {
    token: Box<str>,
    peer: Option<PeerCertificates>,
    during: Range<SystemTime>,
    generation: u64,
    principal: Principal,
}

impl Cache {
    /// The principal of `token`: from the cache, or else from `verify`, whose successes are kept.
    ///
    /// `generation` is that of the keys before `verify` looks at them: an entry that was made while they changed is
    /// never used.
    pub(super) fn principal<E>(
        &self,
        token: &str,
        peer: Option<&PeerCertificates>,
        now: SystemTime,
        generation: u64,
        verify: impl FnOnce() -> Result<Principal, E>,
    ) -> Result<Principal, E> {
        let set = self.set(token);
        let remembered = |entry: &Entry| entry.proves(token, peer, now).filter(|_| entry.generation == generation);
        if let Some(principal) = set.iter().find_map(|place| remembered(place.load().as_ref()?)) {
            return Ok(principal);
        }
        let principal = verify()?;
        if let Some(until) = until(&principal, now) {
            let (token, peer, principal) = (token.into(), peer.cloned(), principal.clone());
            first_to_go(set, now).store(Some(Arc::new(Entry {
                token,
                peer,
                during: now..until,
                generation,
                principal,
            })));
        }
        Ok(principal)
    }

    fn set(&self, token: &str) -> &[ArcSwapOption<Entry>; WAYS] {
        // The remainder is smaller than the number of sets.
        &self.sets[(self.hasher.hash_one(token) % SETS as u64) as usize]
    }
}

impl Entry {
    /// A connection with another certificate is another question.
    fn proves(&self, token: &str, peer: Option<&PeerCertificates>, now: SystemTime) -> Option<Principal> {
        let same_peer = self.peer.as_ref().map(PeerCertificates::leaf) == peer.map(PeerCertificates::leaf);
        (*self.token == *token && same_peer && self.during.contains(&now)).then(|| self.principal.clone())
    }
}

fn until(principal: &Principal, now: SystemTime) -> Option<SystemTime> {
    let longest = now.checked_add(LONGEST)?;
    Some(principal.expiry().map_or(longest, |expiry| expiry.min(longest)))
}

/// An empty place, or the one whose entry ends first.
fn first_to_go(set: &[ArcSwapOption<Entry>; WAYS], now: SystemTime) -> &ArcSwapOption<Entry> {
    let [first, rest @ ..] = set;
    let end = |place: &ArcSwapOption<Entry>| place.load().as_ref().map_or(now, |entry| entry.during.end);
    rest.iter().fold(first, |soonest, place| if end(place) < end(soonest) { place } else { soonest })
}

impl Default for Cache {
    fn default() -> Self {
        let sets = (0..SETS).map(|_| array::from_fn(|_| ArcSwapOption::empty())).collect();
        Self { hasher: RandomState::default(), sets }
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}

/// How long a success is kept at most: the window of whatever revokes a token without a change of keys.
const LONGEST: Duration = Duration::from_secs(60);

/// With tokens of 900 bytes a full table is 16 MB; with the longest ones, 134 MB.
const SETS: usize = 4096;
const WAYS: usize = 4;

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::authn::Rejection;

    const NOW: SystemTime = UNIX_EPOCH;

    fn at(seconds: u64) -> SystemTime {
        NOW + Duration::from_secs(seconds)
    }

    fn somebody() -> Principal {
        Principal::new("https://id.example.com", "somebody")
    }

    fn ask(cache: &Cache, token: &str, peer: Option<&PeerCertificates>, now: SystemTime) -> bool {
        ask_under(7, cache, token, peer, now)
    }

    fn ask_under(
        generation: u64,
        cache: &Cache,
        token: &str,
        peer: Option<&PeerCertificates>,
        now: SystemTime,
    ) -> bool {
        let mut verified = false;
        let answer = cache.principal(token, peer, now, generation, || {
            verified = true;
            Ok::<_, Rejection>(somebody().expires_at(at(40)))
        });
        assert_eq!(answer.unwrap().id(), somebody().id());
        verified
    }

    #[test]
    fn a_token_is_verified_once() {
        let cache = Cache::default();
        assert!(ask(&cache, "token", None, NOW));
        assert!(!ask(&cache, "token", None, NOW));
        assert!(!ask(&cache, "token", None, at(39)));
    }

    #[test]
    fn an_entry_ends_with_its_token() {
        let cache = Cache::default();
        assert!(ask(&cache, "token", None, NOW));
        assert!(ask(&cache, "token", None, at(40)));
    }

    #[test]
    fn an_entry_ends_after_a_minute_however_long_its_token_lives() {
        let cache = Cache::default();
        let verify = || Ok::<_, Rejection>(somebody());
        cache.principal("token", None, NOW, 0, verify).unwrap();
        let not_again = || Err(Rejection::rejected("asked again"));
        assert!(cache.principal("token", None, at(59), 0, not_again).is_ok());
        assert!(cache.principal("token", None, at(60), 0, not_again).is_err());
    }

    #[test]
    fn a_clock_that_goes_back_makes_no_entry_last_longer() {
        let cache = Cache::default();
        assert!(ask(&cache, "token", None, at(30)));
        assert!(ask(&cache, "token", None, at(29)));
    }

    #[test]
    fn another_token_is_another_question() {
        let cache = Cache::default();
        assert!(ask(&cache, "token", None, NOW));
        assert!(ask(&cache, "tokem", None, NOW));
        assert!(ask(&cache, "token2", None, NOW));
    }

    #[test]
    fn another_certificate_is_another_question() {
        let cache = Cache::default();
        let [one, other] = [b"one", b"two"].map(|leaf| PeerCertificates::unverified_chain(&[leaf]));
        assert!(ask(&cache, "token", Some(&one), NOW));
        assert!(!ask(&cache, "token", Some(&one), NOW));
        assert!(ask(&cache, "token", Some(&other), NOW));
        assert!(ask(&cache, "token", None, NOW));
    }

    #[test]
    fn other_keys_are_another_question() {
        let cache = Cache::default();
        assert!(ask_under(0, &cache, "token", None, NOW));
        assert!(!ask_under(0, &cache, "token", None, NOW));
        assert!(ask_under(1, &cache, "token", None, NOW));
        assert!(!ask_under(1, &cache, "token", None, NOW));
    }

    #[test]
    fn a_refusal_is_not_kept() {
        let cache = Cache::default();
        let refuse = || Err(Rejection::rejected("no"));
        assert!(cache.principal("token", None, NOW, 0, refuse).is_err());
        assert!(ask(&cache, "token", None, NOW));
    }

    #[test]
    fn a_full_table_goes_on() {
        let cache = Cache::default();
        let tokens = (0..2 * SETS * WAYS).map(|number| number.to_string());
        tokens.for_each(|token| assert!(ask(&cache, &token, None, NOW)));
        let kept = cache.sets.iter().flatten().filter(|place| place.load().is_some()).count();
        assert!(kept > SETS * WAYS * 8 / 10 && kept <= SETS * WAYS, "{kept}");
        assert!(!ask(&cache, &(2 * SETS * WAYS - 1).to_string(), None, NOW));
    }
}
