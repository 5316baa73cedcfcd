//! Rates of calls, and counters under a rate.

use std::hash::{BuildHasher, Hash};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use foldhash::quality::RandomState;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

/// A rate of calls, with a burst.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate(Quota);

impl Rate {
    /// So many calls in each second, and as many at once.
    pub const fn per_second(calls: NonZeroU32) -> Self {
        Self(Quota::per_second(calls))
    }

    /// So many calls in each minute, and as many at once.
    pub const fn per_minute(calls: NonZeroU32) -> Self {
        Self(Quota::per_minute(calls))
    }

    /// So many calls in each hour, and as many at once.
    pub const fn per_hour(calls: NonZeroU32) -> Self {
        Self(Quota::per_hour(calls))
    }

    /// How many calls may come at once.
    #[must_use]
    pub const fn burst(self, calls: NonZeroU32) -> Self {
        Self(self.0.allow_burst(calls))
    }
}

/// Counts the events of each key, under a rate.
pub(crate) struct Counters {
    limiter: DefaultKeyedRateLimiter<u64>,
    clock: DefaultClock,
    /// Keyed, so that nobody can choose a key that shares another one's counter.
    hashes: RandomState,
    max_counters: u64,
    counted: AtomicU32,
}

impl Counters {
    /// A counter for each key. Counters of idle keys are dropped now and then.
    pub(crate) fn new(rate: Rate) -> Self {
        Self::at_most(u64::MAX, rate)
    }

    /// At most so many counters: with more keys than that, some share one.
    pub(crate) fn at_most(max_counters: u64, rate: Rate) -> Self {
        Self {
            limiter: DefaultKeyedRateLimiter::dashmap(rate.0),
            clock: DefaultClock::default(),
            hashes: RandomState::default(),
            max_counters,
            counted: AtomicU32::new(0),
        }
    }

    /// Counts an event of the key.
    ///
    /// # Errors
    ///
    /// The event is over the rate. Returns the time to wait.
    pub(crate) fn count(&self, key: impl Hash) -> Result<(), Duration> {
        self.drop_idle_counters();
        let counter = self.hashes.hash_one(key) % self.max_counters;
        let over = |until: governor::NotUntil<_>| until.wait_time_from(self.clock.now()).max(MIN_RETRY_DELAY);
        self.limiter.check_key(&counter).map_err(over)
    }

    /// Drops counters whose keys may use their whole burst again, every so many events.
    fn drop_idle_counters(&self) {
        if self.counted.fetch_add(1, Ordering::Relaxed).is_multiple_of(EVENTS_PER_SWEEP) {
            self.limiter.retain_recent();
        }
    }
}

/// A sweep looks at every counter, so it is rare.
const EVENTS_PER_SWEEP: u32 = 65_536;

/// A client that gets no time to wait would try again at once.
const MIN_RETRY_DELAY: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: NonZeroU32 = NonZeroU32::new(1).unwrap();

    #[test]
    fn each_key_has_its_own_rate() {
        let counters = Counters::new(Rate::per_hour(ONE));
        for key in 0..100 {
            assert_eq!(counters.count(key), Ok(()), "{key}");
            assert!(counters.count(key).unwrap_err() > Duration::from_secs(3_590), "{key}");
        }
    }

    #[test]
    fn number_of_counters_is_bounded() {
        let counters = Counters::at_most(64, Rate::per_hour(ONE));
        let admitted = (0..10_000).filter(|key| counters.count(key).is_ok()).count();
        assert_eq!((admitted, counters.limiter.len()), (64, 64));
    }
}
