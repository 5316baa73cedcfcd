//! One refresh of keys at a time, shared by all calls that wait for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, timeout};

/// The refresh that runs now, if one does, and the calls that wait for it.
pub(super) struct SingleFlight {
    state: watch::Sender<State>,
    waiters: Arc<Semaphore>,
    /// From the start of one refresh to the start of one that a call requests. `None`: calls request none.
    min_interval: Option<Duration>,
}

#[derive(Clone, Copy)]
enum State {
    /// A refresh is requested, or it runs.
    Running,
    /// The last refresh is over.
    Finished { started: Instant },
}

/// A call that waits for the end of a refresh.
pub(in crate::authn::jwt) struct Waiter {
    state: watch::Receiver<State>,
    _permit: OwnedSemaphorePermit,
}

impl SingleFlight {
    /// For keys that no call can refresh.
    pub(super) fn disabled() -> Self {
        let state = watch::Sender::new(State::Finished { started: Instant::now() });
        Self { state, waiters: Arc::new(Semaphore::new(0)), min_interval: None }
    }

    /// Requests the first refresh. Calls may request another one `min_interval` after the last one started.
    pub(super) fn new(min_interval: Duration) -> Self {
        let state = watch::Sender::new(State::Running);
        Self { state, waiters: Arc::new(Semaphore::new(MAX_WAITERS)), min_interval: Some(min_interval) }
    }

    /// Joins the running refresh, or requests one if the last one started at least `min_interval` ago.
    ///
    /// `None` if neither is possible, or [`MAX_WAITERS`] calls wait already.
    pub(super) fn join(&self) -> Option<Waiter> {
        let min_interval = self.min_interval?;
        let permit = Arc::clone(&self.waiters).try_acquire_owned().ok()?;
        self.state.send_if_modified(|state| state.request_after(min_interval));
        let state = self.state.subscribe();
        let is_running = state.borrow().is_running();
        is_running.then_some(Waiter { state, _permit: permit })
    }

    /// A refresh starts.
    pub(super) fn start(&self) -> Instant {
        self.state.send_replace(State::Running);
        Instant::now()
    }

    /// The refresh that started at `started` is over. Its waiters go on.
    pub(super) fn finish(&self, started: Instant) -> Requests {
        self.state.send_replace(State::Finished { started });
        self.requests()
    }

    /// The requests for a refresh from now on.
    pub(super) fn requests(&self) -> Requests {
        Requests(self.state.subscribe())
    }
}

/// Requests for a refresh, as the refresher sees them.
pub(super) struct Requests(watch::Receiver<State>);

/// The last handle of the key set is dropped: nobody needs its keys any more.
pub(super) struct Abandoned;

impl Requests {
    /// Waits until a call requests a refresh.
    pub(super) async fn requested(&mut self) -> Result<(), Abandoned> {
        self.0.wait_for(State::is_running).await.map(drop).map_err(|_| Abandoned)
    }

    /// Waits until the last handle of the key set is dropped.
    pub(super) async fn abandoned(&mut self) -> Abandoned {
        while self.0.changed().await.is_ok() {}
        Abandoned
    }
}

impl State {
    fn request_after(&mut self, min_interval: Duration) -> bool {
        let is_due = matches!(self, Self::Finished { started } if started.elapsed() >= min_interval);
        if is_due {
            *self = Self::Running;
        }
        is_due
    }

    fn is_running(&self) -> bool {
        matches!(self, Self::Running)
    }
}

impl Waiter {
    /// Waits until the refresh is over, for [`MAX_WAIT`] at most.
    pub(in crate::authn::jwt) async fn finished(mut self) {
        _ = timeout(MAX_WAIT, self.state.wait_for(|state| !state.is_running())).await;
    }
}

/// How many calls may wait at one time. All others are answered with the keys at hand.
const MAX_WAITERS: usize = 256;

/// How long a call waits. Then it is answered with the keys at hand.
const MAX_WAIT: Duration = Duration::from_secs(1);
