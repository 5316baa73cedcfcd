//! Loads keys again and again, on a thread of its own.
//!
//! 1. The refresher waits until the keys are old, or until a call requests a refresh.
//! 2. It loads the text of a JWK Set from its [`Source`], and parses it if it is new.
//! 3. Good keys replace the last ones. After a failure the last ones stay in use, for [`Schedule::max_outage`].
//! 4. It ends when the last handle of the key set is dropped.

use std::fmt;
use std::future::Future;
use std::io;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Weak, mpsc};
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::select;
use tokio::task::JoinSet;
use tower::BoxError;

use super::format::KeyFormat;
use super::keys::{KeySetError, Keys};
use super::live::Live;
use super::single_flight::{Abandoned, Requests};
use crate::moment::Moment;
use crate::warning::LastingFailure;

/// Where keys come from. Its `Display` is what the log says of it.
pub(super) trait Source: fmt::Display + Send + Sync + 'static {
    fn schedule(&self) -> Schedule;

    fn format(&self) -> KeyFormat {
        KeyFormat::jwks()
    }

    /// Loads the text of a JWK Set.
    fn load(&self) -> impl Future<Output = Result<Loaded, BoxError>> + Send;
}

/// When a source is asked.
pub(super) struct Schedule {
    /// From a failure to the next attempt.
    pub(super) retry_interval: Duration,
    /// How long the last good keys stay in use while attempts fail.
    pub(super) max_outage: Duration,
}

/// The answer of a source.
pub(super) struct Loaded {
    pub(super) text: String,
    /// From this answer to the next attempt.
    pub(super) fresh_for: Duration,
}

/// The last text of a source, and why it was refused, if it was. The same text is not parsed twice.
#[derive(Default)]
struct Seen(Option<(String, Option<KeySetError>)>);

/// An attempt that succeeded.
struct Refreshed {
    /// The keys, if the text is new.
    keys: Option<Keys>,
    fresh_for: Duration,
}

impl Seen {
    fn parse(&mut self, loaded: Loaded, format: KeyFormat) -> Result<Refreshed, BoxError> {
        let Loaded { text, fresh_for } = loaded;
        Ok(Refreshed { keys: self.new_keys(text, format)?, fresh_for })
    }

    fn new_keys(&mut self, text: String, format: KeyFormat) -> Result<Option<Keys>, KeySetError> {
        match &self.0 {
            Some((last, flaw)) if *last == text => return flaw.map_or(Ok(None), Err),
            _ => {}
        }
        let keys = Keys::read(&text, format);
        self.0 = Some((text, keys.as_ref().err().copied()));
        keys.map(Some)
    }
}

/// Starts a thread that keeps `live` up to date until its last handle is dropped.
///
/// A task would not do: keys are loaded before there is a runtime, and after one ended.
#[cfg(feature = "jwks-https")]
pub(super) fn start(source: impl Source, live: &Arc<Live>) -> io::Result<()> {
    let refresher = Refresher::new(source, live);
    let (sender, started) = mpsc::sync_channel(1);
    thread::Builder::new().name("secure-keys".into()).spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build();
        match runtime {
            Ok(runtime) if sender.send(Ok(())).is_ok() => runtime.block_on(refresher.run()),
            Ok(_) => {}
            Err(error) => _ = sender.send(Err(error)),
        }
    })?;
    started.recv().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
}

/// The one writer of a key set.
pub(super) struct Refresher<S> {
    source: Arc<S>,
    live: Weak<Live>,
    requests: Requests,
    seen: Seen,
    outage: Option<Outage>,
}

/// Attempts that failed, one after the other.
struct Outage {
    since: Moment,
    failure: LastingFailure,
}

impl<S: Source> Refresher<S> {
    pub(super) fn new(source: S, live: &Arc<Live>) -> Self {
        let (live, requests) = (Arc::downgrade(live), live.refresh().requests());
        Self { source: Arc::new(source), live, requests, seen: Seen::default(), outage: None }
    }

    /// Returns when the last handle of the key set is dropped.
    pub(super) async fn run(mut self) {
        let mut pause = self.source.schedule().retry_interval;
        while self.wait(pause).await.is_ok() {
            let Some(started) = self.live.upgrade().map(|live| live.refresh().start()) else { return };
            let outcome = self.attempt().await;
            let (Some(live), Ok(outcome)) = (self.live.upgrade(), outcome) else { return };
            pause = self.conclude(outcome, &live);
            self.requests = live.refresh().finish(started);
        }
    }

    /// Waits for `pause`, or until a call requests a refresh.
    async fn wait(&mut self, pause: Duration) -> Result<(), Abandoned> {
        let start = Moment::now();
        select! {
            () = start.wait(pause) => Ok(()),
            requested = self.requests.requested() => requested,
        }
    }

    /// Loads and parses keys once. A panic is a failure like any other, so that the next attempt will come.
    async fn attempt(&mut self) -> Result<Result<Refreshed, BoxError>, Abandoned> {
        let (source, mut seen) = (Arc::clone(&self.source), mem::take(&mut self.seen));
        let mut attempt = JoinSet::new();
        attempt.spawn(async move {
            let outcome = source.load().await.and_then(|loaded| seen.parse(loaded, source.format()));
            (seen, outcome)
        });
        let joined = select! {
            joined = attempt.join_next() => joined,
            abandoned = self.requests.abandoned() => return Err(abandoned),
        };
        let Some(Ok((seen, outcome))) = joined else { return Ok(Err(Panicked.into())) };
        self.seen = seen;
        Ok(outcome)
    }

    /// Publishes the outcome of an attempt. Returns the time until the next one.
    ///
    /// A subscriber of the log may panic, for example because its pipe is broken. So the log comes last, and its panic
    /// is a failure too.
    fn conclude(&mut self, outcome: Result<Refreshed, BoxError>, live: &Live) -> Duration {
        let retry_interval = self.source.schedule().retry_interval;
        let conclude = || match outcome {
            Ok(refreshed) => self.succeed(refreshed, live),
            Err(error) => self.fail(&error, live),
        };
        panic::catch_unwind(AssertUnwindSafe(conclude)).unwrap_or(retry_interval)
    }

    fn succeed(&mut self, Refreshed { keys, fresh_for }: Refreshed, live: &Live) -> Duration {
        let (source, outage, number) = (&self.source, self.outage.take(), keys.as_ref().map(Keys::number));
        if keys.is_some() {
            live.replace(keys);
        }
        live.confirm();
        if outage.is_some() {
            tracing::info!(%source, "keys can be loaded again");
        }
        if let Some(keys) = number {
            tracing::info!(%source, keys, "new keys are in use");
        }
        fresh_for
    }

    /// Warns of the failure, or logs an error if there are no keys to verify tokens with.
    fn fail(&mut self, error: &BoxError, live: &Live) -> Duration {
        let (source, Schedule { retry_interval, max_outage }) = (&self.source, self.source.schedule());
        let error = format!("{error:?}");
        let outage = self.outage.get_or_insert_with(Outage::start);
        let is_due = outage.failure.failed(&error);
        let expires = outage.since.elapsed() >= max_outage && live.snapshot().keys().is_some();
        if expires {
            live.replace(None);
            self.seen = Seen::default();
        }
        match live.snapshot().keys().is_some() {
            true if is_due => tracing::warn!(%source, error, "keys cannot be loaded: the last good ones stay in use"),
            false if is_due || expires => {
                tracing::error!(%source, error, "keys cannot be loaded: no token can be verified until they are");
            }
            _ => {}
        }
        retry_interval
    }
}

impl Outage {
    fn start() -> Self {
        Self { since: Moment::now(), failure: LastingFailure::default() }
    }
}

/// An attempt panicked. The log does not get the message of the panic, which might quote the loaded text.
#[derive(Debug, thiserror::Error)]
#[error("the attempt panicked")]
struct Panicked;
