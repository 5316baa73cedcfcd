//! TLS settings in use, and their files.
//!
//! 1. All files of the settings are followed as one set.
//! 2. New contents are loaded as a whole. If any part is refused, the last revision stays.
//! 3. A new revision is in use for the next handshake. Connections of an older one ask for the newest number.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use zeroize::Zeroizing;

use super::TlsError;
use super::status::StatusSender;
use super::validity::{RenewalWarning, Validity, Warning};
use crate::follow::{FileSet, Follower, Following, Sink};

/// Settings that were loaded, and the dates of the own certificate.
pub(super) struct Loaded<T> {
    pub(super) value: T,
    pub(super) own: Option<Validity>,
}

/// One revision of the settings.
pub(crate) struct Revision<T> {
    /// Counts from 1.
    pub(super) number: u64,
    pub(super) value: T,
}

/// The revision in use. Only a new revision writes to it.
pub(crate) struct Live<T> {
    current: ArcSwap<Revision<T>>,
    newest: AtomicU64,
}

impl<T> Live<T> {
    fn new(value: T) -> Self {
        Self { current: ArcSwap::from_pointee(Revision { number: 1, value }), newest: AtomicU64::new(1) }
    }

    pub(super) fn current(&self) -> Arc<Revision<T>> {
        self.current.load_full()
    }

    /// The number of the newest revision.
    pub(super) fn newest(&self) -> u64 {
        self.newest.load(Ordering::Acquire)
    }

    /// Only the thread that follows the files calls it. Returns the number.
    fn replace(&self, value: T) -> u64 {
        let number = self.newest() + 1;
        self.current.store(Arc::new(Revision { number, value }));
        self.newest.store(number, Ordering::Release);
        number
    }
}

/// Settings in use. The thread that follows their files ends with the last clone.
pub(crate) struct Settings<T> {
    live: Arc<Live<T>>,
    _following: Option<Arc<Following>>,
}

impl<T: Send + Sync + 'static> Settings<T> {
    /// Loads the settings from what files held when they were read, and follows them if there are any. `load` gets the
    /// contents in the order of the files.
    pub(super) fn start(
        (files, contents): (FileSet, Zeroizing<Vec<String>>),
        interval: Duration,
        status: &StatusSender,
        load: impl Fn(&[String]) -> Result<Loaded<T>, TlsError> + Send + 'static,
    ) -> Result<Self, TlsError> {
        let Loaded { value, own } = load(&contents)?;
        let live = Arc::new(Live::new(value));
        status.published(1, own);
        if contents.is_empty() {
            return Ok(Self { live, _following: None });
        }
        let warning = Mutex::new(own.map(RenewalWarning::new));
        let sink = Publisher { live: Arc::clone(&live), status: status.clone(), warning };
        let load = move |contents: &[String]| load(contents).map_err(|error| format!("{error:?}"));
        let mut follower = Follower::new(files, load).since(&contents);
        // The files may have changed since they were read.
        follower.poll_into(&sink);
        let following = follower.spawn(interval, sink).map_err(|source| TlsError::Follow { source })?;
        Ok(Self { live, _following: Some(Arc::new(following)) })
    }

    pub(super) fn live(&self) -> &Arc<Live<T>> {
        &self.live
    }
}

impl<T> Clone for Settings<T> {
    fn clone(&self) -> Self {
        Self { live: Arc::clone(&self.live), _following: self._following.clone() }
    }
}

impl<T> fmt::Debug for Settings<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("revision", &self.live.newest()).finish_non_exhaustive()
    }
}

/// Publishes new revisions and their status.
struct Publisher<T> {
    live: Arc<Live<T>>,
    status: StatusSender,
    warning: Mutex<Option<RenewalWarning>>,
}

impl<T> Publisher<T> {
    fn warn(&self) {
        let mut warning = self.warning.lock().unwrap_or_else(PoisonError::into_inner);
        match warning.as_mut().and_then(|warning| warning.due(SystemTime::now())) {
            Some(Warning::Expired) => tracing::error!("our certificate has expired: no peer accepts it any more"),
            Some(Warning::ExpiresIn(left)) => {
                tracing::warn!(seconds = left.as_secs(), "our certificate expires soon and nobody has renewed it");
            }
            None => {}
        }
    }
}

impl<T> Sink<Loaded<T>> for Publisher<T> {
    fn publish(&self, Loaded { value, own }: Loaded<T>) -> Result<(), String> {
        let number = self.live.replace(value);
        *self.warning.lock().unwrap_or_else(PoisonError::into_inner) = own.map(RenewalWarning::new);
        self.status.published(number, own);
        Ok(())
    }

    fn polled(&self, failure: Option<&str>) {
        self.status.polled(failure);
        self.warn();
    }
}
