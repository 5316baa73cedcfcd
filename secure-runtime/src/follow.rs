//! Files that another program replaces, such as keys, tokens and certificates.
//!
//! 1. All files of a set are read together, as one revision. In a directory that Kubernetes mounted, the link `..data`
//!    is followed once for all of them.
//! 2. Contents are compared, not times. So it does not matter whether a file is written in place, renamed, or reached
//!    through a link that Kubernetes swaps.
//! 3. A new revision is parsed. It is published if a second reading, 100 ms later, is equal: a writer in place may not be done. If
//!    any of that fails, the last good value stays in use. The first reading is published at once.
//! 4. After a failure the next attempt comes after a second, because a write may have been in progress. It parses the same
//!    contents again: a certificate that is not valid yet is valid later.
//! 5. The log gets one line for each change of state, and a failure that lasts every hour. It never gets contents.
//! 6. Contents may be secrets: they are wiped from memory after each reading. Only their digest is kept.
//!
//! There is no inotify: its watches do not survive the way Kubernetes replaces a folder.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use aws_lc_rs::digest::{Context, Digest, SHA256};
use zeroize::Zeroizing;

use crate::warning::LastingFailure;

/// How often files are read again.
///
/// The kubelet replaces a projected token when a fifth of its life is left, at least two minutes before it expires.
pub(crate) const REREAD_INTERVAL: Duration = Duration::from_secs(10);

/// When files are read again after a failure.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// How long new contents must stay the same before they are used.
pub(crate) const SETTLE_TIME: Duration = Duration::from_millis(100);

/// Files that belong together. Its `Display` is what the log says of it.
#[derive(Debug)]
pub(crate) struct FileSet {
    paths: Vec<PathBuf>,
    max_bytes: usize,
}

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be read: {source}", path.display())]
pub(crate) struct ReadError {
    pub(crate) path: PathBuf,
    pub(crate) source: io::Error,
}

impl FileSet {
    /// Files of at most `max_bytes` each. Of a longer one, `max_bytes + 1` are read, so that its parser can refuse it.
    pub(crate) fn new<'a>(paths: impl IntoIterator<Item = &'a Path>, max_bytes: usize) -> Self {
        Self { paths: paths.into_iter().map(PathBuf::from).collect(), max_bytes }
    }

    /// The contents of all files, in the order of their paths.
    ///
    /// Somebody may replace the files while they are read. So several files are read until two readings are equal.
    pub(crate) fn read(&self) -> Result<Zeroizing<Vec<String>>, ReadError> {
        let mut last = self.read_once()?;
        if self.paths.len() <= 1 {
            return Ok(last);
        }
        for _ in 1..MAX_READINGS {
            let next = self.read_once()?;
            if next == last {
                return Ok(last);
            }
            last = next;
        }
        let path = self.paths.first().cloned().unwrap_or_default();
        Err(ReadError { path, source: io::Error::other("it changes while it is read") })
    }

    fn read_once(&self) -> Result<Zeroizing<Vec<String>>, ReadError> {
        let mut volumes = Volumes::default();
        let mut contents = Zeroizing::new(Vec::with_capacity(self.paths.len()));
        for path in &self.paths {
            let text = self.read_file(&volumes.resolve(path));
            contents.push(text.map_err(|source| ReadError { path: path.clone(), source })?);
        }
        Ok(contents)
    }

    fn read_file(&self, path: &Path) -> io::Result<String> {
        // Opening a named pipe would wait for a writer.
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(io::Error::other("it is not a file"));
        }
        let most = self.max_bytes as u64 + 1;
        // With room for all bytes, the text is not moved while it is read: the place it left would not be wiped.
        let mut bytes = Zeroizing::new(Vec::with_capacity(metadata.len().min(most) as usize + SPARE_BYTES));
        File::open(path)?.take(most).read_to_end(&mut bytes)?;
        String::from_utf8(mem::take(&mut *bytes)).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8")
        })
    }
}

impl fmt::Display for FileSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths: Vec<_> = self.paths.iter().map(|path| path.display().to_string()).collect();
        f.write_str(&paths.join(", "))
    }
}

/// The directories of one reading, and where the link `..data` in each leads.
///
/// Kubernetes replaces all files of a mounted directory by swapping that link. Files that are read behind one target of
/// it belong together.
#[derive(Default)]
struct Volumes(HashMap<PathBuf, Option<PathBuf>>);

impl Volumes {
    fn resolve(&mut self, path: &Path) -> PathBuf {
        let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else { return path.to_owned() };
        let data = self.0.entry(directory.to_owned());
        let data = data.or_insert_with(|| fs::read_link(directory.join("..data")).ok());
        let behind_link = data.as_ref().map(|data| directory.join(data).join(name));
        behind_link.filter(|path| path.exists()).unwrap_or_else(|| path.to_owned())
    }
}

/// Takes what a follower finds.
pub(crate) trait Sink<T> {
    /// Gets the value of contents that are new and good.
    ///
    /// # Errors
    ///
    /// Why the value is not used. Then the same contents are offered again.
    fn publish(&self, value: T) -> Result<(), String>;

    /// Hears of every attempt: `None` if the files are good, or why not.
    fn polled(&self, _failure: Option<&str>) {}
}

impl<T, F: Fn(T)> Sink<T> for F {
    fn publish(&self, value: T) -> Result<(), String> {
        self(value);
        Ok(())
    }
}

/// Reads a set of files again and again, and parses what is new.
pub(crate) struct Follower<T, E> {
    files: FileSet,
    parse: Parse<T, E>,
    /// The digest of the contents that are in use.
    used: Option<Digest>,
    /// Whether the files were read before.
    has_read: bool,
    settle_time: Duration,
    failure: LastingFailure,
}

/// Turns the contents of all files, in the order of their paths, into a value.
type Parse<T, E> = Box<dyn Fn(&[String]) -> Result<T, E> + Send>;

impl<T, E: fmt::Display> Follower<T, E> {
    pub(crate) fn new(files: FileSet, parse: impl Fn(&[String]) -> Result<T, E> + Send + 'static) -> Self {
        Self {
            files,
            parse: Box::new(parse),
            used: None,
            has_read: false,
            settle_time: SETTLE_TIME,
            failure: LastingFailure::default(),
        }
    }

    /// Starts from contents that are in use already.
    pub(crate) fn since(self, contents: &[String]) -> Self {
        Self { used: Some(digest(contents)), has_read: true, ..self }
    }

    /// Takes new contents if they stay the same for this time. Default: 100 ms.
    pub(crate) fn settling(self, settle_time: Duration) -> Self {
        Self { settle_time, ..self }
    }

    /// Reads the files once. If their contents are new and good, `publish` gets their value.
    pub(crate) fn poll(&mut self, publish: impl FnOnce(T) -> Result<(), String>) {
        // A subscriber of the log may panic. So the log comes last, after every change of state.
        match self.read(publish) {
            Ok(is_new) => {
                let recovers = self.failure.ended();
                self.log_success(recovers, is_new);
            }
            Err(error) if self.failure.failed(&error) => self.log_failure(&error),
            Err(_) => {}
        }
    }

    /// Reads the files once, and tells `sink`.
    pub(crate) fn poll_into(&mut self, sink: &impl Sink<T>) {
        self.poll(|value| sink.publish(value));
        sink.polled(self.failure.error());
    }

    /// Publishes the value of contents that are new. False if they are in use already.
    fn read(&mut self, publish: impl FnOnce(T) -> Result<(), String>) -> Result<bool, String> {
        let has_read = mem::replace(&mut self.has_read, true);
        let contents = self.files.read().map_err(|error| error.to_string())?;
        let digest = digest(&contents);
        if self.used.as_ref().is_some_and(|used| used.as_ref() == digest.as_ref()) {
            return Ok(false);
        }
        let value = (self.parse)(&contents).map_err(|error| error.to_string())?;
        if has_read {
            self.settle(&digest)?;
        }
        publish(value)?;
        self.used = Some(digest);
        Ok(true)
    }

    /// Fails if the contents are others after a moment. Half of a PEM file may be good contents.
    fn settle(&self, first: &Digest) -> Result<(), String> {
        thread::sleep(self.settle_time);
        let again = self.files.read().map_err(|error| error.to_string())?;
        match digest(&again).as_ref() == first.as_ref() {
            true => Ok(()),
            false => Err("the contents change while they are read".to_owned()),
        }
    }

    fn log_success(&self, recovers: bool, is_new: bool) {
        let files = &self.files;
        match (recovers, is_new) {
            (_, true) => tracing::info!(%files, "new contents are in use"),
            (true, false) => tracing::info!(%files, "the last contents can be read again"),
            (false, false) => {}
        }
    }

    fn log_failure(&self, error: &str) {
        tracing::warn!(files = %self.files, error, "contents are refused, and change nothing");
    }
}

/// A thread that polls. It ends when this handle is dropped.
pub(crate) struct Following {
    _handle: Sender<Infallible>,
}

impl<T, E> Follower<T, E>
where
    T: 'static,
    E: fmt::Display + 'static,
{
    /// Polls on a thread. A task would not do: files are followed before there is a runtime, and after one ended.
    pub(crate) fn spawn(mut self, interval: Duration, sink: impl Sink<T> + Send + 'static) -> io::Result<Following> {
        let (handle, dropped) = mpsc::channel();
        thread::Builder::new().name("secure-follow".into()).spawn(move || {
            while dropped.recv_timeout(self.delay(interval)) == Err(RecvTimeoutError::Timeout) {
                // A panic must not end the thread: the next poll has to come.
                _ = panic::catch_unwind(AssertUnwindSafe(|| self.poll_into(&sink)));
            }
        })?;
        Ok(Following { _handle: handle })
    }

    fn delay(&self, interval: Duration) -> Duration {
        if self.failure.error().is_some() { interval.min(RETRY_INTERVAL) } else { interval }
    }
}

/// The digest of all contents. The length before each keeps different lists apart.
fn digest(contents: &[String]) -> Digest {
    let mut context = Context::new(&SHA256);
    for text in contents {
        context.update(&text.len().to_be_bytes());
        context.update(text.as_bytes());
    }
    context.finish()
}

const MAX_READINGS: usize = 4;

/// A reader asks for more room when a text fills it, and not only when more bytes come.
const SPARE_BYTES: usize = 64;

#[cfg(test)]
mod tests;
