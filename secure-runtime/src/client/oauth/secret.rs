//! The client secret.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::TokenError;

/// The secret that a client shares with its OAuth 2.0 server (RFC 6749, section 2.3.1). `Debug` does not print it.
#[derive(Clone)]
pub struct ClientSecret(Kind);

#[derive(Clone)]
enum Kind {
    File(PathBuf),
    Text(String),
}

impl ClientSecret {
    /// The secret itself.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Kind::Text(text.into()))
    }

    /// The secret in a file, without the line break at its end. The file is read before every token request, so it can be
    /// replaced.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self(Kind::File(path.as_ref().into()))
    }

    pub(super) fn read(&self) -> Result<String, TokenError> {
        let text = match &self.0 {
            Kind::File(path) => {
                let text =
                    fs::read_to_string(path).map_err(|source| TokenError::Secret { path: path.clone(), source })?;
                text.trim_ascii_end().to_owned()
            }
            Kind::Text(text) => text.clone(),
        };
        if text.is_empty() { Err(TokenError::NoSecret) } else { Ok(text) }
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}
