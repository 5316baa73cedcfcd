//! Calls that wait for keys, and who may start a fetch.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, timeout};

/// One attempt to load keys at a time, and the calls that wait for it.
pub(super) struct Flights {
    phase: watch::Sender<Phase>,
    seats: Arc<Semaphore>,
    /// From the start of one attempt to the next that a call may cause; `None` if calls cause none.
    rest: Option<Duration>,
}

#[derive(Clone, Copy)]
enum Phase {
    /// An attempt is due or under way.
    Aloft,
    /// The last attempt is over.
    Landed { started: Instant },
}

/// A place among the calls that wait.
pub(in crate::authn::jwt) struct Seat {
    phase: watch::Receiver<Phase>,
    _seat: OwnedSemaphorePermit,
}

impl Flights {
    /// No attempt is due, and calls cause none.
    pub(super) fn none() -> Self {
        let phase = watch::Sender::new(Phase::Landed { started: Instant::now() });
        Self { phase, seats: Arc::new(Semaphore::new(0)), rest: None }
    }

    /// One attempt is due. Calls may cause another when the last one started `rest` ago.
    #[cfg(any(test, feature = "jwks-https"))]
    pub(super) fn every(rest: Duration) -> Self {
        let phase = watch::Sender::new(Phase::Aloft);
        Self { phase, seats: Arc::new(Semaphore::new(SEATS)), rest: Some(rest) }
    }

    /// A seat in the attempt that is under way, or else in one that starts now because the last was long enough ago.
    pub(super) fn board(&self) -> Option<Seat> {
        let rest = self.rest?;
        let seat = Arc::clone(&self.seats).try_acquire_owned().ok()?;
        self.phase.send_if_modified(|phase| phase.start_after(rest));
        let phase = self.phase.subscribe();
        let is_aloft = phase.borrow().is_aloft();
        is_aloft.then_some(Seat { phase, _seat: seat })
    }

    /// An attempt begins.
    pub(super) fn start(&self) -> Instant {
        self.phase.send_replace(Phase::Aloft);
        Instant::now()
    }

    /// The attempt that began at `started` is over. Gives what waits for the next one that a call causes.
    pub(super) fn land(&self, started: Instant) -> Departure {
        self.phase.send_replace(Phase::Landed { started });
        Departure(self.phase.subscribe())
    }

    /// What waits for the first attempt.
    pub(super) fn departure(&self) -> Departure {
        Departure(self.phase.subscribe())
    }
}

/// What the refresher waits for.
pub(super) struct Departure(watch::Receiver<Phase>);

/// The last handle of the set is gone.
pub(super) struct Deserted;

impl Departure {
    /// Waits until a call causes an attempt.
    pub(super) async fn called(&mut self) -> Result<(), Deserted> {
        self.0.wait_for(Phase::is_aloft).await.map(drop).map_err(|_| Deserted)
    }

    /// Waits until the last handle is gone.
    pub(super) async fn deserted(&mut self) -> Deserted {
        while self.0.changed().await.is_ok() {}
        Deserted
    }
}

impl Phase {
    fn start_after(&mut self, rest: Duration) -> bool {
        let rested = matches!(self, Self::Landed { started } if started.elapsed() >= rest);
        if rested {
            *self = Self::Aloft;
        }
        rested
    }

    fn is_aloft(&self) -> bool {
        matches!(self, Self::Aloft)
    }
}

impl Seat {
    /// Waits until the attempt is over, for a second at most.
    pub(in crate::authn::jwt) async fn landed(mut self) {
        _ = timeout(PATIENCE, self.phase.wait_for(|phase| !phase.is_aloft())).await;
    }
}

/// The calls that may wait at one time. All others are answered by the keys that are there.
#[cfg(any(test, feature = "jwks-https"))]
const SEATS: usize = 256;
const PATIENCE: Duration = Duration::from_secs(1);
