//! Requests to the endpoint: one for each token at a time, and a bounded number of all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::cache::{Cache, Key, Outcome};
use super::reason;

/// Cached answers and running requests: calls with the same token share one request. Cloning is cheap.
#[derive(Clone)]
pub(super) struct SingleFlight {
    state: Arc<Mutex<State>>,
    places: Arc<Semaphore>,
}

struct State {
    cache: Cache,
    running: HashMap<Key, watch::Receiver<Option<Outcome>>>,
}

/// A running request. When it is dropped, calls that wait for it end.
struct RunningRequest {
    key: Key,
    requests: SingleFlight,
    outcome: watch::Sender<Option<Outcome>>,
    _place: OwnedSemaphorePermit,
}

/// What a call finds.
enum Found {
    Known(Outcome),
    Running(watch::Receiver<Option<Outcome>>),
    Start(RunningRequest),
}

impl SingleFlight {
    pub(super) fn new(max_cache_bytes: usize, max_requests: usize) -> Self {
        let state = State { cache: Cache::new(max_cache_bytes), running: HashMap::new() };
        Self { state: Arc::new(Mutex::new(state)), places: Arc::new(Semaphore::new(max_requests)) }
    }

    pub(super) fn known(&self, key: Key) -> Option<Outcome> {
        self.state().cache.get(key)
    }

    /// The outcome of the running request for this token, or of `ask`, which also says how long it counts at most.
    pub(super) async fn outcome<F>(&self, key: Key, ask: impl FnOnce() -> F) -> Outcome
    where
        F: Future<Output = (Outcome, Duration)> + Send + 'static,
    {
        let mut running = match self.find(key) {
            Found::Known(outcome) => return outcome,
            Found::Running(running) => running,
            Found::Start(request) => {
                let running = request.outcome.subscribe();
                // In a task of its own: a call that is dropped must not cancel the request of others.
                tokio::spawn(request.run(ask()));
                running
            }
        };
        // The sender is dropped only if its task panicked or its runtime ended.
        let outcome = running.wait_for(Option::is_some).await;
        outcome.ok().and_then(|outcome| outcome.clone()).unwrap_or(Err(reason::ENDPOINT))
    }

    fn find(&self, key: Key) -> Found {
        let mut state = self.state();
        if let Some(outcome) = state.cache.get(key) {
            return Found::Known(outcome);
        }
        if let Some(running) = state.running.get(&key) {
            return Found::Running(running.clone());
        }
        match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => {
                let (outcome, running) = watch::channel(None);
                state.running.insert(key, running);
                Found::Start(RunningRequest { key, requests: self.clone(), outcome, _place: place })
            }
            Err(_) => Found::Known(Err(reason::BUSY)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RunningRequest {
    async fn run(self, asked: impl Future<Output = (Outcome, Duration)>) {
        let (outcome, until_expiry) = asked.await;
        self.requests.state().cache.keep(self.key, &outcome, until_expiry);
        self.outcome.send_replace(Some(outcome));
    }
}

impl Drop for RunningRequest {
    fn drop(&mut self) {
        self.requests.state().running.remove(&self.key);
    }
}
