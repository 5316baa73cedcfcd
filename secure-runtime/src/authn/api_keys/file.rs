//! The file of API keys.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use crate::follow::{FileSet, Follower, Following, REREAD_INTERVAL, ReadError};
use crate::json;

/// The keys of one file.
#[derive(Default)]
pub(super) struct KeyList(Vec<Entry>);

/// A key, without the key.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) roles: Vec<String>,
    pub(super) scopes: Vec<String>,
    pub(super) end: SystemTime,
    digest: Vec<u8>,
}

impl KeyList {
    /// The entry with this digest. Every entry is compared, in constant time.
    pub(super) fn find(&self, digest: &[u8]) -> Option<&Entry> {
        let is_same = |entry: &Entry| verify_slices_are_equal(&entry.digest, digest).is_ok();
        self.0.iter().fold(None, |found, entry| if is_same(entry) { Some(entry) } else { found })
    }

    pub(super) fn read(text: &str) -> Result<Self, FileError> {
        if text.len() > MAX_BYTES {
            return Err(FileError::TooLarge);
        }
        let file = json::object(text.as_bytes()).map_err(|_| FileError::NotAnObject)?;
        // The error of the parser may quote a value.
        let File { keys } = serde_json::from_value(Value::Object(file)).map_err(|_| FileError::Form)?;
        let entries: Vec<_> = keys.into_iter().map(Entry::checked).collect::<Result<_, _>>()?;
        let (mut names, mut digests) = (HashSet::new(), HashSet::new());
        match entries.iter().all(|entry| names.insert(&entry.name) && digests.insert(&entry.digest)) {
            true => Ok(Self(entries)),
            false => Err(FileError::Duplicate),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    keys: Vec<Declared>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    name: String,
    digest: String,
    exp: u64,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    scopes: Vec<String>,
}

impl Entry {
    fn checked(Declared { name, digest, exp, roles, scopes }: Declared) -> Result<Self, FileError> {
        let digest = URL_SAFE_NO_PAD.decode(digest).map_err(|_| FileError::Digest)?;
        if digest.len() != DIGEST_BYTES {
            return Err(FileError::Digest);
        }
        if name.is_empty() || name.chars().any(|it| it.is_whitespace() || it.is_control()) {
            return Err(FileError::Name);
        }
        let end = UNIX_EPOCH.checked_add(Duration::from_secs(exp)).filter(|_| exp <= LATEST).ok_or(FileError::Form)?;
        Ok(Self { name, roles, scopes, end, digest })
    }
}

/// Reads a file now and whenever it changes.
pub(super) fn follow(path: &Path) -> Result<(Arc<ArcSwap<KeyList>>, Following), ApiKeyFileError> {
    let files = FileSet::new([path], MAX_BYTES);
    let parse = |contents: &[String]| KeyList::read(&contents.concat());
    let contents = files.read().map_err(|ReadError { path, source }| ApiKeyFileError::Read { path, source })?;
    let keys =
        parse(&contents).map_err(|error| ApiKeyFileError::Content { path: path.into(), reason: error.to_string() })?;
    let keys = Arc::new(ArcSwap::from_pointee(keys));
    let publish = {
        let keys = Arc::clone(&keys);
        move |new: KeyList| keys.store(Arc::new(new))
    };
    match Follower::new(files, parse).since(&contents).spawn(REREAD_INTERVAL, publish) {
        Ok(following) => Ok((keys, following)),
        Err(source) => Err(ApiKeyFileError::Follow { path: path.into(), source }),
    }
}

/// Which rule a file breaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum FileError {
    #[error("a `digest` is not the SHA-256 of a key in base64url without padding")]
    Digest,
    #[error("a `name` or a `digest` occurs twice")]
    Duplicate,
    #[error("`keys` is not an array of keys with `name`, `digest`, `exp`, `roles` and `scopes`")]
    Form,
    #[error("a `name` is empty, or has a blank or a control character")]
    Name,
    #[error("the file is not a strict JSON object")]
    NotAnObject,
    #[error("the file has more than 1 MiB")]
    TooLarge,
}

/// Why a file does not give API keys.
#[non_exhaustive]
#[derive(thiserror::Error)]
pub enum ApiKeyFileError {
    /// The file breaks a rule.
    #[error("the API keys in {} are refused: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The rule.
        reason: String,
    },
    /// No thread can be started to read the file again.
    #[error("no thread can be started to follow the API keys in {}", path.display())]
    Follow {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file cannot be read, or it is not UTF-8.
    #[error("the API keys in {} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The text breaks a rule.
    #[error("the API keys are refused: {reason}")]
    Text {
        /// The rule.
        reason: String,
    },
}

debug_as_display!(ApiKeyFileError);

const DIGEST_BYTES: usize = 32;
const MAX_BYTES: usize = 1024 * 1024;

/// The last second of the year 9999.
const LATEST: u64 = 253_402_300_799;
