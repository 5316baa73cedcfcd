//! Keys in a file that somebody else replaces.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tower::BoxError;

use super::flights::Flights;
use super::keys::{KeySetError, Keys, MAX_BYTES};
use super::live::Live;
use super::refresh::{self, Loaded, Pace, Seen, Source};

/// A file with a JWK Set.
pub(super) struct KeyFile {
    pub(super) path: PathBuf,
    pub(super) every: Duration,
}

impl KeyFile {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.into(), every: EVERY }
    }

    /// Reads the file, and again in the background.
    pub(super) fn watch(self) -> Result<Arc<Live>, KeyFileError> {
        let path = self.path.clone();
        let text = self.read().map_err(|source| KeyFileError::Read { path: path.clone(), source })?;
        let keys = Keys::read(&text).map_err(|source| KeyFileError::Content { path: path.clone(), source })?;
        let live = Arc::new(Live::new(Some(keys), Flights::none()));
        refresh::start(self, &live, Seen::good(text)).map_err(|source| KeyFileError::Watch { path, source })?;
        Ok(live)
    }

    /// One byte more than is accepted, so that the set is refused by its size without being read to its end.
    fn read(&self) -> io::Result<String> {
        let mut text = String::new();
        File::open(&self.path)?.take(MAX_BYTES as u64 + 1).read_to_string(&mut text)?;
        Ok(text)
    }
}

impl Source for KeyFile {
    fn pace(&self) -> Pace {
        Pace { retry: self.every, longest_outage: None }
    }

    async fn load(&self) -> Result<Loaded, BoxError> {
        let text = self.read().map_err(|source| KeyFileError::Read { path: self.path.clone(), source })?;
        Ok(Loaded { text, fresh_for: self.every })
    }
}

impl fmt::Display for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(f)
    }
}

/// Why a file gives no set of keys.
#[non_exhaustive]
#[derive(thiserror::Error)]
pub enum KeyFileError {
    /// What is in the file is no set of keys.
    #[error("the keys in {} are refused", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeySetError,
    },
    /// The file cannot be read as text.
    #[error("the keys in {} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no thread to read the file again.
    #[error("the keys in {} cannot be watched", path.display())]
    Watch {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

debug_as_display!(KeyFileError);

const EVERY: Duration = Duration::from_secs(10);
