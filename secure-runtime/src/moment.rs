//! The time since a moment, also on a machine that was suspended.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;
#[cfg(any(test, feature = "jwks-https"))]
use tokio::time::sleep;

/// A moment on both clocks: the monotonic one may stand still while the machine is suspended, and the wall clock may be set.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    monotonic: Instant,
    wall: SystemTime,
}

impl Moment {
    pub(crate) fn now() -> Self {
        Self { monotonic: Instant::now(), wall: SystemTime::now() }
    }

    /// The larger of both times. If the wall clock is set forward, what depends on it ends too early rather than too late.
    pub(crate) fn elapsed(&self) -> Duration {
        self.monotonic.elapsed().max(self.wall.elapsed().unwrap_or_default())
    }

    /// Returns when so much time has passed since this moment, or within a minute of the end of a suspend.
    #[cfg(any(test, feature = "jwks-https"))]
    pub(crate) async fn wait(&self, time: Duration) {
        while let Some(left) = time.checked_sub(self.elapsed()).filter(|left| !left.is_zero()) {
            sleep(left.min(CLOCK_CHECK_INTERVAL)).await;
        }
    }
}

/// How often the clocks are compared.
#[cfg(any(test, feature = "jwks-https"))]
const CLOCK_CHECK_INTERVAL: Duration = Duration::from_secs(60);

#[cfg(test)]
impl Moment {
    /// The same moment after the machine was suspended for some time.
    pub(crate) fn before_suspend(self, time: Duration) -> Self {
        Self { wall: self.wall - time, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    #[tokio::test(start_paused = true)]
    async fn time_awake_counts_if_the_wall_clock_stands_still() {
        let start = Moment::now();
        tokio::time::advance(HOUR).await;
        assert!(start.elapsed() >= HOUR);
    }

    #[test]
    fn time_of_a_suspend_counts() {
        assert!(Moment::now().before_suspend(HOUR).elapsed() >= HOUR);
    }

    #[tokio::test(start_paused = true)]
    async fn wait_ends_with_the_suspend_that_is_as_long() {
        let (start, awake) = (Moment::now(), Instant::now());
        start.before_suspend(HOUR).wait(HOUR).await;
        assert_eq!(awake.elapsed(), Duration::ZERO);
        start.wait(HOUR).await;
        assert!((HOUR..HOUR + CLOCK_CHECK_INTERVAL).contains(&awake.elapsed()), "{:?}", awake.elapsed());
    }

    #[test]
    fn wall_clock_that_is_set_back_shortens_no_time() {
        let start = Moment { wall: SystemTime::now() + HOUR, ..Moment::now() };
        std::thread::sleep(Duration::from_millis(1));
        assert!((Duration::from_millis(1)..HOUR).contains(&start.elapsed()));
    }
}
