//! Retries of calls.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::jitter::jittered;

/// How calls of a method are retried if no server processed them, within the limits of gRFC A6.
///
/// A call is retried only if its request did not leave this client, or the server refused to process it. So no method
/// runs twice. A status that the server sent is never a reason to retry.
///
/// ```
/// # use std::time::Duration;
/// use secure_runtime::client::Retry;
///
/// let retry = Retry::new(4).initial_backoff(Duration::from_millis(50));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Retry {
    max_attempts: u32,
    initial_backoff: Duration,
    max_backoff: Duration,
}

impl Retry {
    /// The number of attempts, the first included: from 2 to 5. Any other number is replaced by the nearest of them.
    pub fn new(max_attempts: u32) -> Self {
        let max_attempts = max_attempts.clamp(2, MAX_ATTEMPTS);
        Self { max_attempts, initial_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(1) }
    }

    /// The time before the second attempt. It doubles before each further one, and varies by a fifth. Default: 100 ms.
    #[must_use]
    pub fn initial_backoff(self, time: Duration) -> Self {
        Self { initial_backoff: time, ..self }
    }

    /// The longest time between two attempts. Default: 1 s.
    #[must_use]
    pub fn max_backoff(self, time: Duration) -> Self {
        Self { max_backoff: time, ..self }
    }

    /// The time before the next attempt. `None` if there is none.
    pub(super) fn backoff(&self, attempts: u32) -> Option<Duration> {
        if attempts >= self.max_attempts {
            return None;
        }
        let time = self.initial_backoff.saturating_mul(1 << attempts.saturating_sub(1).min(MAX_ATTEMPTS));
        Some(jittered(time.min(self.max_backoff), 0.8..1.2))
    }
}

/// Ends all retries of a channel while most of its calls fail (gRFC A6, "Throttling Retry Attempts").
#[derive(Debug)]
pub(super) struct Throttle {
    /// In thousandths of a token.
    tokens: AtomicU32,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { tokens: AtomicU32::new(MAX_TOKENS) }
    }
}

impl Throttle {
    pub(super) fn succeeded(&self) {
        self.update(|tokens| (tokens + SUCCESS_TOKENS).min(MAX_TOKENS));
    }

    /// Whether the call may be made again.
    pub(super) fn failed(&self) -> bool {
        self.update(|tokens| tokens.saturating_sub(FAILURE_TOKENS)) > MAX_TOKENS / 2
    }

    fn update(&self, change: impl Fn(u32) -> u32) -> u32 {
        let update = self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| Some(change(tokens)));
        update.map_or(0, change)
    }
}

const MAX_ATTEMPTS: u32 = 5;
const MAX_TOKENS: u32 = 10_000;
const FAILURE_TOKENS: u32 = 1_000;
const SUCCESS_TOKENS: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_and_their_delays_are_limited() {
        let retry = Retry::new(100).initial_backoff(Duration::from_millis(100)).max_backoff(Duration::from_millis(300));
        let backoffs = (1..=6).map(|attempts| retry.backoff(attempts)).collect::<Vec<_>>();
        for (backoff, millis) in backoffs.iter().zip([100, 200, 300, 300]) {
            let backoff = backoff.unwrap().as_millis();
            assert!((millis * 8 / 10..=millis * 12 / 10).contains(&backoff), "{backoffs:?}");
        }
        assert_eq!(backoffs[4..], [None, None]);
        assert!(Retry::new(0).backoff(1).is_some());
        assert_eq!(Retry::new(0).backoff(2), None);
    }

    #[test]
    fn retries_end_while_most_calls_fail() {
        let throttle = Throttle::default();
        let allowed = (0..10).filter(|_| throttle.failed()).count();
        assert_eq!(allowed, 4);
        (0..10).for_each(|_| throttle.succeeded());
        assert!(!throttle.failed());
        (0..1_000).for_each(|_| throttle.succeeded());
        assert!(throttle.failed());
    }
}
