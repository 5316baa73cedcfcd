//! Keys in a file that is replaced from outside.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::KeySet;
use super::format::KeyFormat;
use super::keys::{KeySetError, Keys, MAX_BYTES};
use super::live::Live;
use crate::follow::{FileSet, Follower, REREAD_INTERVAL, ReadError, Sink};
use crate::moment::Moment;
use crate::warning::LastingFailure;

impl KeySet {
    /// Reads a JWK Set from a file now, and again every 10 seconds in the background.
    ///
    /// Contents are compared, not dates. The file may be replaced in place, by a new file, or by a link to another
    /// directory, as Kubernetes does it. While the file is missing or broken, it is read every second, and the last
    /// good keys stay in use for 24 hours. Then calls are refused with UNAVAILABLE. A warning is repeated every hour.
    ///
    /// ```no_run
    /// # use secure_runtime::authn::jwt::KeySet;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let keys = KeySet::from_jwks_file("/etc/issuer/jwks.json")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The file cannot be read now, [`KeySet::from_jwks`] refuses its text, or no thread can be started. The error names
    /// the file.
    pub fn from_jwks_file(path: impl AsRef<Path>) -> Result<Self, KeyFileError> {
        Self::from_file(path, KeyFormat::jwks())
    }

    /// Reads keys of any format from a file, as [`from_jwks_file`](Self::from_jwks_file) does.
    ///
    /// # Errors
    ///
    /// The file cannot be read now, [`KeySet::from_text`] refuses its text, or no thread can be started.
    pub fn from_file(path: impl AsRef<Path>, format: KeyFormat) -> Result<Self, KeyFileError> {
        Self::follow_file(path.as_ref(), format, Timing::DEFAULT)
    }

    pub(super) fn follow_file(path: &Path, format: KeyFormat, timing: Timing) -> Result<Self, KeyFileError> {
        let files = FileSet::new([path], MAX_BYTES);
        let parse = move |contents: &[String]| Keys::read(&contents.concat(), format);
        let contents = files.read().map_err(|ReadError { path, source }| KeyFileError::Read { path, source })?;
        let keys = parse(&contents).map_err(|source| KeyFileError::Content { path: path.into(), source })?;
        let live = Arc::new(Live::fixed(keys));
        live.confirm();
        let follower = Follower::new(files, parse).since(&contents);
        match follower.spawn(timing.interval, KeyFile::new(path, &live, timing.max_outage)) {
            Ok(following) => Ok(Self { live, _following: Some(Arc::new(following)) }),
            Err(source) => Err(KeyFileError::Watch { path: path.into(), source }),
        }
    }
}

/// Publishes the keys of a file, and gives them up if the file cannot be used for too long.
pub(super) struct KeyFile {
    path: PathBuf,
    live: Arc<Live>,
    max_outage: Duration,
    outage: RefCell<Option<Outage>>,
}

/// Attempts that failed, one after the other.
struct Outage {
    since: Moment,
    /// The last good keys, once they are given up.
    given_up: Option<Arc<Keys>>,
    without_keys: LastingFailure,
}

impl KeyFile {
    pub(super) fn new(path: &Path, live: &Arc<Live>, max_outage: Duration) -> Self {
        Self { path: path.into(), live: Arc::clone(live), max_outage, outage: RefCell::default() }
    }

    /// The same contents count again, unless newer ones were published.
    fn recover(&self) {
        self.live.confirm();
        let given_up = self.outage.take().and_then(|outage| outage.given_up);
        if given_up.is_some() && self.live.snapshot().keys().is_none() {
            self.live.replace_shared(given_up);
        }
    }

    /// The follower warns of the failure. The error log gets it, too, once the keys are given up.
    fn fail(&self, error: &str) {
        let mut outage = self.outage.borrow_mut();
        let outage = outage.get_or_insert_with(Outage::start);
        if outage.given_up.is_none() && outage.since.elapsed() >= self.max_outage {
            outage.given_up = self.live.snapshot().shared_keys();
            self.live.replace(None);
        }
        if outage.given_up.is_some() && outage.without_keys.failed(error) {
            let path = self.path.display();
            tracing::error!(%path, error, "keys are too old: no token can be verified until they can be read");
        }
    }
}

impl Outage {
    fn start() -> Self {
        Self { since: Moment::now(), given_up: None, without_keys: LastingFailure::default() }
    }
}

#[cfg(test)]
impl KeyFile {
    /// As after a suspend of the machine.
    pub(super) fn resume_after(&self, time: Duration) {
        if let Some(outage) = self.outage.borrow_mut().as_mut() {
            outage.since = outage.since.before_suspend(time);
        }
    }
}

impl Sink<Keys> for KeyFile {
    fn publish(&self, keys: Keys) -> Result<(), String> {
        self.live.replace(Some(keys));
        Ok(())
    }

    fn polled(&self, failure: Option<&str>) {
        match failure {
            Some(error) => self.fail(error),
            None => self.recover(),
        }
    }
}

/// The times of a key file. They are settable for tests.
#[derive(Clone, Copy)]
pub(super) struct Timing {
    pub(super) interval: Duration,
    /// How long the last good keys stay in use while the file cannot be used.
    pub(super) max_outage: Duration,
}

impl Timing {
    pub(super) const DEFAULT: Self = Self { interval: REREAD_INTERVAL, max_outage: Duration::from_secs(24 * 60 * 60) };
}

/// Why a file does not give keys. Each variant names the file, and its source says what is wrong.
#[non_exhaustive]
#[derive(thiserror::Error)]
pub enum KeyFileError {
    /// The file does not have usable keys.
    #[error("the keys in {} are refused", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with its text.
        source: KeySetError,
    },
    /// The file cannot be read, or it is not UTF-8.
    #[error("the keys in {} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// No thread can be started to read the file again.
    #[error("no thread can be started to follow the keys in {}", path.display())]
    Watch {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

debug_as_display!(KeyFileError);
