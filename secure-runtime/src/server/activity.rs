//! The calls that run on one connection, and for how long there were none.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::slots::Evictable;

/// What one connection does. A connection without calls is idle.
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
    evicted: CancellationToken,
}

#[derive(Debug)]
struct State {
    running_calls: usize,
    /// When the last call ended, or the connection was accepted.
    idle_since: Instant,
}

/// A call that runs until this is dropped.
#[derive(Debug)]
pub(super) struct RunningCall(Arc<Activity>);

impl Activity {
    pub(super) fn new() -> Self {
        let state = State { running_calls: 0, idle_since: Instant::now() };
        Self { state: Mutex::new(state), evicted: CancellationToken::new() }
    }

    /// Begins a call.
    pub(super) fn begin(self: &Arc<Self>) -> RunningCall {
        self.state().running_calls += 1;
        RunningCall(Arc::clone(self))
    }

    /// Waits until there was no call for this time.
    pub(super) async fn idle_for(&self, limit: Duration) {
        loop {
            let left = self.idle_since().map_or(limit, |since| limit.saturating_sub(since.elapsed()));
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }

    /// Waits until the connection is evicted for another one.
    pub(super) async fn evicted(&self) {
        self.evicted.cancelled().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Evictable for Activity {
    const NAMES: &'static str = "connections";

    fn idle_since(&self) -> Option<Instant> {
        let state = self.state();
        (state.running_calls == 0).then_some(state.idle_since)
    }

    fn evict(&self) {
        self.evicted.cancel();
    }
}

impl Drop for RunningCall {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.running_calls -= 1;
        if state.running_calls == 0 {
            state.idle_since = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn connection_is_idle_from_the_end_of_its_last_call() {
        let activity = Arc::new(Activity::new());
        let start = Instant::now();
        let calls = async {
            let long = activity.begin();
            drop(activity.begin());
            sleep(Duration::from_secs(100)).await;
            assert_eq!(activity.idle_since(), None);
            drop(long);
        };
        tokio::join!(activity.idle_for(Duration::from_secs(30)), calls);
        assert_eq!(start.elapsed().as_secs(), 130);
    }
}
