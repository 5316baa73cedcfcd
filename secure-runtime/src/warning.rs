//! Warnings that come often, at a bounded rate.

use std::time::Duration;

use tokio::time::Instant;

use crate::moment::Moment;

/// Counts events, and says when the log gets their number.
#[derive(Debug, Default)]
pub(crate) struct RareWarning {
    last: Option<Instant>,
    events: u64,
}

impl RareWarning {
    pub(super) const fn new() -> Self {
        Self { last: None, events: 0 }
    }

    /// Counts one event. Gives the number of events since the last warning, if it is time for another one.
    pub(crate) fn event(&mut self) -> Option<u64> {
        self.events += 1;
        let now = Instant::now();
        if self.last.is_some_and(|last| now.duration_since(last) < WARNING_INTERVAL) {
            return None;
        }
        self.last = Some(now);
        self.rest()
    }

    /// The number of events since the last warning, if there are any. They are counted no longer.
    pub(crate) fn rest(&mut self) -> Option<u64> {
        match std::mem::take(&mut self.events) {
            0 => None,
            events => Some(events),
        }
    }
}

/// The log gets one warning of a kind in this time.
const WARNING_INTERVAL: Duration = Duration::from_secs(10);

/// A failure that lasts while attempts are repeated. The log gets each new error, and the same error every hour.
#[derive(Default)]
pub(crate) struct LastingFailure(Option<(String, Moment)>);

impl LastingFailure {
    /// Takes the error of an attempt. True if the log gets it.
    pub(crate) fn failed(&mut self, error: &str) -> bool {
        let is_known = |(last, logged_at): &(String, Moment)| last == error && logged_at.elapsed() < REPEAT_INTERVAL;
        if self.0.as_ref().is_some_and(is_known) {
            return false;
        }
        self.0 = Some((error.to_owned(), Moment::now()));
        true
    }

    /// Takes an attempt that succeeded. True if the last one failed.
    pub(crate) fn ended(&mut self) -> bool {
        self.0.take().is_some()
    }

    /// The error of the last attempt, if it failed.
    pub(crate) fn error(&self) -> Option<&str> {
        self.0.as_ref().map(|(error, _)| error.as_str())
    }
}

/// How often the log gets a failure that lasts.
const REPEAT_INTERVAL: Duration = Duration::from_secs(60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn events_between_two_warnings_are_counted() {
        let mut warning = RareWarning::new();
        let warnings: Vec<_> = (0..5).map(|_| warning.event()).collect();
        assert_eq!(warnings, [Some(1), None, None, None, None]);
        tokio::time::advance(WARNING_INTERVAL).await;
        assert_eq!(warning.event(), Some(5));
    }

    #[tokio::test(start_paused = true)]
    async fn failure_that_lasts_is_logged_every_hour_and_each_new_error_at_once() {
        let mut failure = LastingFailure::default();
        assert!(!failure.ended());
        assert_eq!([failure.failed("a"), failure.failed("a"), failure.failed("b")], [true, false, true]);
        tokio::time::advance(REPEAT_INTERVAL).await;
        assert_eq!([failure.failed("b"), failure.failed("b")], [true, false]);
        assert_eq!(failure.error(), Some("b"));
        assert!(failure.ended() && failure.error().is_none());
        assert!(failure.failed("b"), "it failed again after a success");
    }
}
