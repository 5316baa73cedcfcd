//! Warnings that come often, at a bounded rate.

use std::time::Duration;

use tokio::time::Instant;

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
}
