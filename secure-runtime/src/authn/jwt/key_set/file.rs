//! Keys in a file that somebody else replaces.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::KeySet;
use super::keys::{KeySetError, Keys, MAX_BYTES};
use super::live::Live;
use crate::follow::{FileSet, Follower, REREAD_INTERVAL, ReadError};

impl KeySet {
    /// Reads a JWK Set from a file now, and again every 10 seconds in the background.
    ///
    /// Contents are compared. So it does not matter how they are replaced: in place, by a new file, or by a link to
    /// another directory, as Kubernetes does it. While the file is missing or broken, the last good keys stay in use.
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
        Self::follow_file(path.as_ref(), REREAD_INTERVAL)
    }

    pub(super) fn follow_file(path: &Path, interval: Duration) -> Result<Self, KeyFileError> {
        let files = FileSet::new([path], MAX_BYTES);
        let contents = files.read().map_err(|ReadError { path, source }| KeyFileError::Read { path, source })?;
        let keys = parse(&contents).map_err(|source| KeyFileError::Content { path: path.into(), source })?;
        let live = Arc::new(Live::fixed(keys));
        let follower = Follower::new(files, parse).since(contents);
        let publish = {
            let live = Arc::clone(&live);
            move |keys: Keys| live.replace(Some(keys))
        };
        match follower.spawn(interval, publish) {
            Ok(following) => Ok(Self { live, _following: Some(Arc::new(following)) }),
            Err(source) => Err(KeyFileError::Watch { path: path.into(), source }),
        }
    }
}

pub(super) fn parse(contents: &[String]) -> Result<Keys, KeySetError> {
    Keys::read(&contents.concat())
}

/// Why a file gives no set of keys. Each variant names the file, and its source says what is wrong.
#[non_exhaustive]
#[derive(thiserror::Error)]
pub enum KeyFileError {
    /// The file holds no usable JWK Set.
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
