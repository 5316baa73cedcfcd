//! A bearer token in a file that somebody else replaces.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::follow::{FileSet, Follower, REREAD_INTERVAL};
use crate::token68::is_token68;

/// A token file. It is read by the call that finds its token older than [`REREAD_INTERVAL`].
pub(super) struct TokenFile(Mutex<State>);

struct State {
    follower: Follower<String, NotToken>,
    read_at: Option<Instant>,
    token: Option<String>,
}

impl TokenFile {
    pub(super) fn new(path: &Path) -> Self {
        let follower = Follower::new(FileSet::new([path], MAX_BYTES), parse);
        Self(Mutex::new(State { follower, read_at: None, token: None }))
    }

    /// The last good token of the file.
    pub(super) fn token(&self) -> Result<String, NotToken> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.read_if_old();
        state.token.clone().ok_or(NotToken)
    }
}

impl State {
    /// Without a token every call reads the file.
    fn read_if_old(&mut self) {
        let is_fresh = self.read_at.is_some_and(|read_at| read_at.elapsed() < REREAD_INTERVAL);
        if is_fresh && self.token.is_some() {
            return;
        }
        self.read_at = Some(Instant::now());
        self.follower.poll(|token| self.token = Some(token));
    }
}

/// The text of a file without the line break at its end.
fn parse(contents: &[String]) -> Result<String, NotToken> {
    let text = contents.concat();
    let token = text.trim_ascii_end();
    let is_token = text.len() <= MAX_BYTES && is_token68(token);
    if is_token { Ok(token.to_owned()) } else { Err(NotToken) }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the file holds no bearer token")]
pub(super) struct NotToken;

const MAX_BYTES: usize = 64 * 1_024;

#[cfg(test)]
mod tests {
    use std::fs;

    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_replaced_token_is_used_and_a_broken_or_missing_file_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        let file = TokenFile::new(&path);
        assert_eq!(file.token(), Err(NotToken));
        fs::write(&path, "first\n").unwrap();
        assert_eq!(file.token().unwrap(), "first");
        fs::write(&path, "second").unwrap();
        assert_eq!(file.token().unwrap(), "first");
        advance(REREAD_INTERVAL).await;
        assert_eq!(file.token().unwrap(), "second");
        fs::write(&path, "").unwrap();
        advance(REREAD_INTERVAL).await;
        assert_eq!(file.token().unwrap(), "second");
        fs::remove_file(&path).unwrap();
        advance(REREAD_INTERVAL).await;
        assert_eq!(file.token().unwrap(), "second");
    }
}
