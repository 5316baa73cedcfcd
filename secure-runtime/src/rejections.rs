//! The rejected credentials of one connection, and the delay of the refusals.
//!
//! 1. The first [`UNDELAYED`] refusals are sent at once.
//! 2. Each further refusal is sent [`STEP`] later than the one before it, and at most [`MAX_DELAY`] after its decision.
//! 3. At most [`MAX_DELAYED`] refusals of a connection wait at the same time. Others are sent at once, so that they do not take
//!    the streams of honest callers behind the same proxy.
//!
//! No call is refused because of an earlier one, and other calls of the connection do not wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::sleep;

/// The rejected credentials of one connection.
#[derive(Debug, Default)]
pub(crate) struct Rejections {
    count: AtomicU64,
    delayed: AtomicUsize,
}

/// The delay of one refusal. It counts as waiting until it is dropped.
#[derive(Debug)]
pub(crate) struct Delay {
    rejections: Arc<Rejections>,
    time: Duration,
}

impl Rejections {
    /// Counts a rejected credential. `None` if its refusal is sent at once.
    pub(crate) fn add(self: &Arc<Self>) -> Option<Delay> {
        let before = self.count.fetch_add(1, Ordering::Relaxed);
        let steps = (before + 1).checked_sub(UNDELAYED).filter(|steps| *steps > 0)?;
        let time = STEP.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX)).min(MAX_DELAY);
        let delay = Delay { rejections: Arc::clone(self), time };
        // Dropping the delay takes it back.
        (self.delayed.fetch_add(1, Ordering::Relaxed) < MAX_DELAYED).then_some(delay)
    }
}

impl Delay {
    pub(crate) async fn wait(self) {
        sleep(self.time).await;
    }
}

impl Drop for Delay {
    fn drop(&mut self) {
        self.rejections.delayed.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many refusals of a connection are sent at once. A new connection costs a client more than so many.
const UNDELAYED: u64 = 20;
const STEP: Duration = Duration::from_millis(1);
const MAX_DELAY: Duration = Duration::from_secs(1);
const MAX_DELAYED: usize = 4;

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    async fn delay_in_millis(rejections: &Arc<Rejections>) -> u128 {
        let start = Instant::now();
        if let Some(delay) = rejections.add() {
            delay.wait().await;
        }
        start.elapsed().as_millis()
    }

    #[tokio::test(start_paused = true)]
    async fn delay_grows_with_each_rejection_up_to_a_second() {
        let rejections = Arc::default();
        let mut delays = Vec::new();
        for _ in 0..2_000 {
            delays.push(delay_in_millis(&rejections).await);
        }
        assert_eq!(delays[..22], [[0; 20].as_slice(), &[1, 2]].concat());
        assert_eq!((delays[519], delays[1_019], delays[1_999]), (500, 1_000, 1_000));
    }

    #[test]
    fn few_refusals_wait_at_the_same_time() {
        let rejections = Arc::<Rejections>::default();
        let delays: Vec<_> = (0..100).filter_map(|_| rejections.add()).collect();
        assert_eq!(delays.len(), MAX_DELAYED);
        drop(delays);
        assert!(rejections.add().is_some());
    }
}
