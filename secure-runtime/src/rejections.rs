//! The rejected credentials of one connection, and the delay of the refusals.
//!
//! 1. The first [`UNDELAYED`] refusals are sent at once.
//! 2. Each further refusal is sent [`DELAY`] after its decision, while fewer than [`MAX_DELAYED`] wait.
//! 3. The others are sent at once. So waiting refusals cannot use up the streams that honest callers behind the same proxy
//!    need.
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
}

impl Rejections {
    /// Counts a rejected credential. `None` if its refusal is sent at once.
    pub(crate) fn add(self: &Arc<Self>) -> Option<Delay> {
        if self.count.fetch_add(1, Ordering::Relaxed) < UNDELAYED {
            return None;
        }
        let delay = Delay { rejections: Arc::clone(self) };
        // Dropping the delay takes it back.
        (self.delayed.fetch_add(1, Ordering::Relaxed) < MAX_DELAYED).then_some(delay)
    }
}

impl Delay {
    pub(crate) async fn wait(self) {
        sleep(DELAY).await;
    }
}

impl Drop for Delay {
    fn drop(&mut self) {
        self.rejections.delayed.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many refusals of a connection are sent at once. To begin again with a new connection costs a client more.
const UNDELAYED: u64 = 100;
/// How long a refusal waits. So a client that waits for each one presents 40 credentials a second.
const DELAY: Duration = Duration::from_millis(25);
/// How many refusals of a connection wait at the same time.
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
    async fn refusals_after_100_rejections_are_delayed() {
        let rejections = Arc::default();
        for _ in 0..100 {
            assert_eq!(delay_in_millis(&rejections).await, 0);
        }
        for _ in 0..1_000 {
            assert_eq!(delay_in_millis(&rejections).await, 25);
        }
    }

    #[test]
    fn few_refusals_wait_at_the_same_time() {
        let rejections = Arc::<Rejections>::default();
        let delays: Vec<_> = (0..200).filter_map(|_| rejections.add()).collect();
        assert_eq!(delays.len(), MAX_DELAYED);
        drop(delays);
        assert!(rejections.add().is_some());
    }
}
