//! Random variation of waiting times, so that clients which started together do not come back together.

use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::time::Duration;

/// A random duration: `duration` times a factor from `factors`, evenly distributed.
///
/// The randomness spreads load. It is not fit for secrets.
pub(crate) fn jittered(duration: Duration, factors: Range<f64>) -> Duration {
    let fraction = (RandomState::new().hash_one(()) % STEPS) as f64 / STEPS as f64;
    duration.mul_f64(factors.start + (factors.end - factors.start) * fraction)
}

const STEPS: u64 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_differ_and_stay_within_their_factors() {
        let durations: Vec<_> = (0..100).map(|_| jittered(Duration::from_secs(100), 0.9..1.1).as_millis()).collect();
        assert!(durations.iter().all(|it| (90_000..=110_000).contains(it)), "{durations:?}");
        assert!(durations.iter().any(|it| *it != durations[0]), "{durations:?}");
    }
}
