//! Files that somebody else replaces, such as keys, tokens and certificates.
//!
//! 1. All files of a set are read together, as one revision.
//! 2. Contents are compared, not times. So it does not matter whether a file is written in place, renamed, or reached
//!    through a link that Kubernetes swaps.
//! 3. A new revision is parsed and published. If that fails, the last good value stays in use.
//! 4. The log gets one line for each change of state, and none for an attempt that changes nothing. It never gets
//!    contents.
//!
//! There is no inotify: its watches do not survive the way Kubernetes replaces a folder.

use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// How often files are read again.
///
/// The kubelet replaces a projected token when a fifth of its life is left, at least two minutes before it expires.
pub(crate) const REREAD_INTERVAL: Duration = Duration::from_secs(10);

/// Files that belong together. Its `Display` is what the log says of it.
pub(crate) struct FileSet<const N: usize> {
    paths: [PathBuf; N],
    max_bytes: usize,
}

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be read: {source}", path.display())]
pub(crate) struct ReadError {
    pub(crate) path: PathBuf,
    pub(crate) source: io::Error,
}

impl<const N: usize> FileSet<N> {
    /// Files of at most `max_bytes` each. Of a longer one, `max_bytes + 1` are read, so that its parser can refuse it.
    pub(crate) fn new(paths: [&Path; N], max_bytes: usize) -> Self {
        Self { paths: paths.map(PathBuf::from), max_bytes }
    }

    /// The contents of all files, in the order of their paths.
    ///
    /// Somebody may replace the files while they are read. So several files are read until two readings are equal.
    pub(crate) fn read(&self) -> Result<[String; N], ReadError> {
        let mut last = self.read_once()?;
        if N == 1 {
            return Ok(last);
        }
        for _ in 1..MAX_READINGS {
            let next = self.read_once()?;
            if next == last {
                return Ok(last);
            }
            last = next;
        }
        Err(self.error(0, io::Error::other("it changes while it is read")))
    }

    fn read_once(&self) -> Result<[String; N], ReadError> {
        let mut contents = [const { String::new() }; N];
        for (place, text) in contents.iter_mut().enumerate() {
            self.read_file(place, text).map_err(|source| self.error(place, source))?;
        }
        Ok(contents)
    }

    fn read_file(&self, place: usize, text: &mut String) -> io::Result<usize> {
        File::open(&self.paths[place])?.take(self.max_bytes as u64 + 1).read_to_string(text)
    }

    fn error(&self, place: usize, source: io::Error) -> ReadError {
        ReadError { path: self.paths[place].clone(), source }
    }
}

impl<const N: usize> fmt::Display for FileSet<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths = self.paths.each_ref().map(|path| path.display().to_string());
        f.write_str(&paths.join(", "))
    }
}

/// Reads a set of files again and again, and parses what is new.
pub(crate) struct Follower<T, E, const N: usize> {
    files: FileSet<N>,
    parse: fn(&[String; N]) -> Result<T, E>,
    seen: Option<Seen<N>>,
    /// Why the last attempt failed, if it did.
    failure: Option<String>,
}

/// The last revision that was read, and why it was refused, if it was.
struct Seen<const N: usize> {
    contents: [String; N],
    flaw: Option<String>,
}

impl<T, E: fmt::Display, const N: usize> Follower<T, E, N> {
    pub(crate) fn new(files: FileSet<N>, parse: fn(&[String; N]) -> Result<T, E>) -> Self {
        Self { files, parse, seen: None, failure: None }
    }

    /// Starts from contents that are in use already.
    pub(crate) fn since(self, contents: [String; N]) -> Self {
        Self { seen: Some(Seen { contents, flaw: None }), ..self }
    }

    /// Reads the files once. If their contents are new and good, `publish` gets their value.
    pub(crate) fn poll(&mut self, publish: impl FnOnce(T)) {
        // A subscriber of the log may panic. So the log comes last, after every change of state.
        match self.read() {
            Ok(value) => {
                let (recovers, is_new) = (self.failure.take().is_some(), value.is_some());
                value.map(publish);
                self.log_success(recovers, is_new);
            }
            Err(error) => {
                let is_known = self.failure.as_ref() == Some(&error);
                self.failure = Some(error.clone());
                self.log_failure(&error, is_known);
            }
        }
    }

    /// The value of contents that are new. `None` if they are the last ones.
    fn read(&mut self) -> Result<Option<T>, String> {
        let contents = self.files.read().map_err(|error| error.to_string())?;
        match &self.seen {
            Some(seen) if seen.contents == contents => return seen.flaw.clone().map_or(Ok(None), Err),
            _ => {}
        }
        let value = (self.parse)(&contents).map_err(|error| error.to_string());
        self.seen = Some(Seen { contents, flaw: value.as_ref().err().cloned() });
        value.map(Some)
    }

    fn log_success(&self, recovers: bool, is_new: bool) {
        let files = &self.files;
        match (recovers, is_new) {
            (_, true) => tracing::info!(%files, "new contents are in use"),
            (true, false) => tracing::info!(%files, "the last contents can be read again"),
            (false, false) => {}
        }
    }

    fn log_failure(&self, error: &str, is_known: bool) {
        if !is_known {
            tracing::warn!(files = %self.files, error, "contents are refused: the last good ones, if any, stay in use");
        }
    }
}

/// A thread that polls. It ends when this handle is dropped.
pub(crate) struct Following {
    _handle: Sender<Infallible>,
}

impl<T, E, const N: usize> Follower<T, E, N>
where
    T: 'static,
    E: fmt::Display + 'static,
{
    /// Polls on a thread. A task would not do: files are followed before there is a runtime, and after one ended.
    pub(crate) fn spawn(mut self, interval: Duration, publish: impl Fn(T) + Send + 'static) -> io::Result<Following> {
        let (handle, dropped) = mpsc::channel();
        thread::Builder::new().name("secure-follow".into()).spawn(move || {
            while dropped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                // A panic must not end the thread: the next poll has to come.
                _ = panic::catch_unwind(AssertUnwindSafe(|| self.poll(&publish)));
            }
        })?;
        Ok(Following { _handle: handle })
    }
}

const MAX_READINGS: usize = 4;

#[cfg(test)]
mod tests;
