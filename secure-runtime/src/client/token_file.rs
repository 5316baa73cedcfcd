//! A token in a file that somebody else replaces.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tower::BoxError;

/// Reads its file again after [`KEPT`]; while that fails, the last token stands.
pub(super) struct TokenFile {
    path: PathBuf,
    last: Mutex<Option<(Instant, String)>>,
}

impl TokenFile {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.into(), last: Mutex::new(None) }
    }

    pub(super) fn token(&self) -> Result<String, BoxError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((read, token)) = &*last
            && read.elapsed() < KEPT
        {
            return Ok(token.clone());
        }
        match (self.read(), &*last) {
            (Ok(token), _) => Ok(last.insert((Instant::now(), token)).1.clone()),
            (Err(error), Some((_, token))) => {
                tracing::warn!(path = %self.path.display(), %error, "a token file cannot be read: its last token stands");
                Ok(token.clone())
            }
            (Err(error), None) => Err(error.into()),
        }
    }

    fn read(&self) -> io::Result<String> {
        Ok(fs::read_to_string(&self.path)?.trim_ascii_end().to_owned())
    }
}

/// The kubelet replaces a projected token when a fifth of its life is left, at least two minutes before its end.
const KEPT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_replaced_token_is_seen_and_a_missing_file_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        let file = TokenFile::new(&path);
        assert!(file.token().is_err());
        fs::write(&path, "first\n").unwrap();
        assert_eq!(file.token().unwrap(), "first");
        fs::write(&path, "second").unwrap();
        assert_eq!(file.token().unwrap(), "first");
        advance(KEPT).await;
        assert_eq!(file.token().unwrap(), "second");
        fs::remove_file(&path).unwrap();
        advance(KEPT).await;
        assert_eq!(file.token().unwrap(), "second");
    }
}
