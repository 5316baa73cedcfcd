//! Loads keys again and again, in the background.

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
use tokio::time::{Instant, sleep};
use tower::BoxError;

use super::flights::{Departure, Deserted};
use super::keys::{KeySetError, Keys};
use super::live::Live;

/// Where keys come from. Its `Display` is what the log says of it.
pub(super) trait Source: fmt::Display + Send + Sync + 'static {
    /// When it is asked.
    fn pace(&self) -> Pace;

    /// The text of a JWK Set.
    fn load(&self) -> impl Future<Output = Result<Loaded, BoxError>> + Send;
}

/// When a source is asked.
pub(super) struct Pace {
    /// From a failure to the next attempt.
    pub(super) retry: Duration,
    /// For how long the last good keys outlive failures; `None` if for ever.
    pub(super) longest_outage: Option<Duration>,
}

/// What a source says.
pub(super) struct Loaded {
    pub(super) text: String,
    /// When to ask again.
    pub(super) fresh_for: Duration,
}

/// The last text of a source, and what was wrong with it. Nothing is read, nor warned of, twice.
#[derive(Default)]
pub(super) struct Seen(Option<(String, Option<KeySetError>)>);

/// An attempt that did not fail.
struct Attempt {
    /// The keys, if they are not those of the last text.
    news: Option<Keys>,
    fresh_for: Duration,
}

impl Seen {
    pub(super) fn good(text: String) -> Self {
        Self(Some((text, None)))
    }

    fn attempt(&mut self, loaded: Loaded) -> Result<Attempt, BoxError> {
        let Loaded { text, fresh_for } = loaded;
        Ok(Attempt { news: self.news(text)?, fresh_for })
    }

    fn news(&mut self, text: String) -> Result<Option<Keys>, KeySetError> {
        match &self.0 {
            Some((last, flaw)) if *last == text => return flaw.map_or(Ok(None), Err),
            _ => {}
        }
        let keys = Keys::read(&text);
        self.0 = Some((text, keys.as_ref().err().copied()));
        keys.map(Some)
    }
}

/// Starts a thread that keeps `live` up to date until its last handle is gone.
///
/// A thread, and no task: keys are made before there is a runtime, and outlive one.
pub(super) fn start(source: impl Source, live: &Arc<Live>, seen: Seen) -> io::Result<()> {
    let refresher = Refresher::new(source, live, seen);
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

/// The one writer of a set.
pub(super) struct Refresher<S> {
    source: Arc<S>,
    live: Weak<Live>,
    departure: Departure,
    seen: Seen,
    outage: Option<Outage>,
}

/// Attempts that fail, one after the other.
struct Outage {
    since: Instant,
    error: String,
}

impl<S: Source> Refresher<S> {
    pub(super) fn new(source: S, live: &Arc<Live>, seen: Seen) -> Self {
        let (live, departure) = (Arc::downgrade(live), live.flights().departure());
        Self { source: Arc::new(source), live, departure, seen, outage: None }
    }

    /// Returns when the last handle of the set is gone.
    pub(super) async fn run(mut self) {
        let mut pause = self.source.pace().retry;
        while self.waits(pause).await {
            let Some(started) = self.live.upgrade().map(|live| live.flights().start()) else { return };
            let outcome = self.attempt().await;
            let (Some(live), Some(outcome)) = (self.live.upgrade(), outcome) else { return };
            pause = self.conclude(outcome, &live);
            self.departure = live.flights().land(started);
        }
    }

    /// Whether anybody needs keys after `pause`, or earlier if a call lacks one.
    async fn waits(&mut self, pause: Duration) -> bool {
        select! {
            () = sleep(pause) => true,
            called = self.departure.called() => called.is_ok(),
        }
    }

    /// A panic is a failure like any other: the next attempt will come. `None` if nobody waits for it any more.
    async fn attempt(&mut self) -> Option<Result<Attempt, BoxError>> {
        let (source, mut seen) = (Arc::clone(&self.source), mem::take(&mut self.seen));
        let mut attempt = JoinSet::new();
        attempt.spawn(async move {
            let outcome = source.load().await.and_then(|loaded| seen.attempt(loaded));
            (seen, outcome)
        });
        let over = select! {
            over = attempt.join_next() => over?,
            Deserted = self.departure.deserted() => return None,
        };
        let Ok((seen, outcome)) = over else { return Some(Err(Panicked.into())) };
        self.seen = seen;
        Some(outcome)
    }

    /// Publishes what an attempt brought. Gives the time to the next one.
    ///
    /// Whoever reads the log may panic, as a logger does whose pipe is broken. So the log comes last, and its panic is a
    /// failure too.
    fn conclude(&mut self, outcome: Result<Attempt, BoxError>, live: &Live) -> Duration {
        let retry = self.source.pace().retry;
        let conclude = || match outcome {
            Ok(attempt) => self.succeed(attempt, live),
            Err(error) => self.fail(&error, live),
        };
        panic::catch_unwind(AssertUnwindSafe(conclude)).unwrap_or(retry)
    }

    fn succeed(&mut self, Attempt { news, fresh_for }: Attempt, live: &Live) -> Duration {
        let (source, outage, number) = (&self.source, self.outage.take(), news.as_ref().map(Keys::number));
        if news.is_some() {
            live.replace(news);
        }
        if outage.is_some() {
            tracing::info!(%source, "keys can be loaded again");
        }
        if let Some(keys) = number {
            tracing::info!(%source, keys, "the keys are new");
        }
        fresh_for
    }

    /// Warns when something else is wrong than the last time.
    fn fail(&mut self, error: &BoxError, live: &Live) -> Duration {
        let (source, Pace { retry, longest_outage }) = (&self.source, self.source.pace());
        let error = format!("{error:?}");
        let last = self.outage.take();
        let since = last.as_ref().map_or_else(Instant::now, |outage| outage.since);
        self.outage = Some(Outage { since, error: error.clone() });
        let is_over = longest_outage.is_some_and(|longest| since.elapsed() >= longest);
        let ends = is_over && live.snapshot().keys().is_some();
        if ends {
            live.replace(None);
            self.seen = Seen::default();
        }
        if last.is_none_or(|outage| outage.error != error) {
            tracing::warn!(%source, error, "keys cannot be loaded: the last good ones, if any, go on");
        }
        if ends {
            tracing::error!(%source, "keys could not be loaded for too long: nothing can be checked with them");
        }
        retry
    }
}

/// What the log says of an attempt that panicked. The panic itself might quote what was loaded.
#[derive(Debug, thiserror::Error)]
#[error("the attempt panicked")]
struct Panicked;
