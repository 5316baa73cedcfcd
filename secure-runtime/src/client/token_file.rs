//! A bearer token in a file that another program replaces.
//!
//! 1. The file is read when the credentials are made, and then by a thread of its own. No call waits for the disk.
//! 2. A new token is used when a second reading of the file is equal, because a write may be in progress.
//! 3. A missing, empty or half-written file never replaces a token. The log says so once.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use zeroize::Zeroizing;

use crate::follow::{FileSet, Follower, Following, REREAD_INTERVAL};
use crate::secret;
use crate::token68::is_token68;

/// The last good token of a file.
pub(super) struct TokenFile {
    token: Arc<ArcSwapOption<Zeroizing<String>>>,
    /// `None` if the thread could not be started.
    _following: Option<Following>,
}

impl TokenFile {
    pub(super) fn new(path: &Path) -> Self {
        Self::start(path, REREAD_INTERVAL, SETTLE_TIME)
    }

    fn start(path: &Path, interval: Duration, settle_time: Duration) -> Self {
        let token = Arc::new(ArcSwapOption::empty());
        let mut follower = Follower::new(file(path), parse);
        follower.poll(|first| token.store(Some(Arc::new(first))));
        let (live, again) = (Arc::clone(&token), file(path));
        let publish = move |new: Zeroizing<String>| {
            thread::sleep(settle_time);
            if again.read().is_ok_and(|contents| parse(&contents).as_ref() == Ok(&new)) {
                live.store(Some(Arc::new(new)));
            }
        };
        let following = follower.spawn(interval, publish);
        if let Err(error) = &following {
            tracing::warn!(path = %path.display(), %error, "a token file is read once only: its thread cannot be started");
        }
        Self { token, _following: following.ok() }
    }

    /// The last good token.
    pub(super) fn token(&self) -> Result<String, NotToken> {
        self.token.load().as_deref().map(|token| (**token).clone()).ok_or(NotToken)
    }
}

fn file(path: &Path) -> FileSet {
    FileSet::new([path], MAX_BYTES)
}

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
#[error("the file holds no bearer token")]
pub(super) struct NotToken;

const SETTLE_TIME: Duration = Duration::from_millis(100);
const MAX_BYTES: usize = 64 * 1_024;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Instant;

    use super::*;

    const INTERVAL: Duration = Duration::from_millis(5);

    /// Waits until the file has this token.
    fn wait_for(file: &TokenFile, token: &str) {
        let start = Instant::now();
        while file.token().as_deref() != Ok(token) {
            assert!(start.elapsed() < Duration::from_secs(20), "{token} does not come");
            thread::sleep(INTERVAL);
        }
    }

    /// Watches the token of a file for a while.
    fn assert_stays(file: &TokenFile, token: &str) {
        for _ in 0..60 {
            assert_eq!(file.token().as_deref(), Ok(token));
            thread::sleep(INTERVAL);
        }
    }

    #[test]
    fn only_a_good_token_replaces_a_good_token() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        let file = TokenFile::start(&path, INTERVAL, INTERVAL);
        assert_eq!(file.token(), Err(NotToken));
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
    fn token_that_is_still_being_written_is_not_used() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        fs::write(&path, "first").unwrap();
        let file = TokenFile::start(&path, INTERVAL, Duration::from_secs(2));
        assert_eq!(file.token().as_deref(), Ok("first"));
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
