//! A bearer token in a file that another program replaces.
//!
//! 1. The file is read when the credentials are made, and then by a thread of its own. No call waits for the disk.
//! 2. A new token is used when a second reading of the file is equal, because a write may be in progress.
//! 3. A missing, empty or half-written file never replaces a token. The log says so, and again every hour.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use zeroize::Zeroizing;

use crate::follow::{FileSet, Follower, Following, REREAD_INTERVAL, SETTLE_TIME, Sink};
use crate::secret;
use crate::token68::is_token68;

/// The last good token of a file.
pub(super) struct TokenFile {
    state: Arc<State>,
    /// `None` if the thread could not be started.
    _following: Option<Following>,
}

#[derive(Default)]
struct State {
    token: ArcSwapOption<Zeroizing<String>>,
    /// Why the last reading gave no token.
    failure: ArcSwapOption<String>,
}

impl TokenFile {
    pub(super) fn new(path: &Path) -> Self {
        Self::start(path, REREAD_INTERVAL, SETTLE_TIME)
    }

    fn start(path: &Path, interval: Duration, settle_time: Duration) -> Self {
        let state = Arc::new(State::default());
        let name = path.display().to_string();
        let named = move |contents: &[String]| parse(contents).map_err(|error| format!("{name} {error}"));
        let mut follower = Follower::new(FileSet::new([path], MAX_BYTES), named).settling(settle_time);
        let latest = Latest(Arc::clone(&state));
        follower.poll_into(&latest);
        let following = follower.spawn(interval, latest);
        if let Err(error) = &following {
            tracing::warn!(path = %path.display(), %error, "a token file is read once only: its thread cannot be started");
        }
        Self { state, _following: following.ok() }
    }

    /// The last good token.
    pub(super) fn token(&self) -> Result<String, NoToken> {
        let token = self.state.token.load().as_deref().map(|token| (**token).clone());
        token.ok_or_else(|| NoToken(self.state.failure.load_full()))
    }
}

/// Takes each new token.
struct Latest(Arc<State>);

impl Sink<Zeroizing<String>> for Latest {
    fn publish(&self, token: Zeroizing<String>) -> Result<(), String> {
        self.0.token.store(Some(Arc::new(token)));
        Ok(())
    }

    fn polled(&self, failure: Option<&str>) {
        self.0.failure.store(failure.map(|failure| Arc::new(failure.to_owned())));
    }
}

/// Why a file of [`Credentials::file`](super::Credentials::file) gives no token.
#[derive(thiserror::Error)]
#[error(
    "{}: write a bearer token to the file that `Credentials::file` names",
    .0.as_deref().map_or("the token file has not been read", String::as_str)
)]
pub(super) struct NoToken(Option<Arc<String>>);

debug_as_display!(NoToken);

/// The text of a file without the line break at its end.
fn parse(contents: &[String]) -> Result<Zeroizing<String>, NotToken> {
    let text = contents.first().ok_or(NotToken)?;
    let token = text.trim_ascii_end();
    let is_token = text.len() <= MAX_BYTES && is_token68(token) && is_whole(token);
    if is_token { Ok(secret::concat(&[token])) } else { Err(NotToken) }
}

/// Whether a text that begins like a JWT has the three parts of one (RFC 7515, section 7.1). Others are opaque.
fn is_whole(token: &str) -> bool {
    // The base64url of `{"`.
    let is_jwt = token.starts_with("eyJ");
    !is_jwt || (token.split('.').count() == 3 && token.split('.').all(|part| !part.is_empty()))
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("holds no bearer token")]
pub(super) struct NotToken;

const MAX_BYTES: usize = 64 * 1_024;

#[cfg(test)]
mod tests {
    use std::time::Instant;
    use std::{fs, thread};

    use super::*;

    const INTERVAL: Duration = Duration::from_millis(5);

    /// Waits until the file has this token.
    fn wait_for(file: &TokenFile, token: &str) {
        let start = Instant::now();
        while !file.token().is_ok_and(|found| found == token) {
            assert!(start.elapsed() < Duration::from_secs(20), "{token} does not come");
            thread::sleep(INTERVAL);
        }
    }

    /// Watches the token of a file for a while.
    fn assert_stays(file: &TokenFile, token: &str) {
        for _ in 0..60 {
            assert_eq!(file.token().unwrap(), token);
            thread::sleep(INTERVAL);
        }
    }

    #[test]
    fn only_a_good_token_replaces_a_good_token() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        let file = TokenFile::start(&path, INTERVAL, INTERVAL);
        assert!(file.token().unwrap_err().to_string().contains("No such file"));
        fs::write(&path, "first\n").unwrap();
        wait_for(&file, "first");
        for bad in ["", "\n", "two words", "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJh", "eyJhbGciOiJFUzI1NiJ9.e30."] {
            fs::write(&path, bad).unwrap();
            assert_stays(&file, "first");
        }
        fs::remove_file(&path).unwrap();
        assert_stays(&file, "first");
        fs::write(&path, "eyJhbGciOiJFUzI1NiJ9.e30.c2ln").unwrap();
        wait_for(&file, "eyJhbGciOiJFUzI1NiJ9.e30.c2ln");
    }

    #[test]
    fn file_without_a_token_is_named_with_what_to_write() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        let said = |expected: &str| {
            let said = TokenFile::new(&path).token().unwrap_err().to_string();
            assert_eq!(said.replace(path.to_str().unwrap(), "token"), expected);
        };
        said(
            "token cannot be read: No such file or directory (os error 2): write a bearer token to the file that \
             `Credentials::file` names",
        );
        for text in ["", "\n", "two secrets"] {
            fs::write(&path, text).unwrap();
            said("token holds no bearer token: write a bearer token to the file that `Credentials::file` names");
        }
    }

    #[test]
    fn token_that_is_still_being_written_is_not_used() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        fs::write(&path, "first").unwrap();
        let file = TokenFile::start(&path, INTERVAL, Duration::from_secs(2));
        assert_eq!(file.token().unwrap(), "first");
        let text = "s".repeat(40);
        for length in 1..text.len() {
            fs::write(&path, &text[..length]).unwrap();
            let token = file.token().unwrap();
            assert_eq!(token, "first");
            thread::sleep(INTERVAL);
        }
        fs::write(&path, &text).unwrap();
        wait_for(&file, &text);
    }
}
