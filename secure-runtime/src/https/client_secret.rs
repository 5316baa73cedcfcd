//! The client secret.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::form;
use crate::follow::{FileSet, ReadError};
use crate::secret;

/// The secret that a client shares with its OAuth 2.0 server (RFC 6749, section 2.3.1). `Debug` does not print it, and it
/// is wiped from memory when it is dropped.
#[derive(Clone)]
pub struct ClientSecret(Kind);

#[derive(Clone)]
enum Kind {
    File(PathBuf),
    Text(Zeroizing<String>),
}

/// Why there is no client secret. It holds no contents.
#[derive(thiserror::Error)]
pub(crate) enum ClientSecretError {
    #[error("the client secret is empty, or has more than 64 KiB")]
    Length,
    #[error("cannot read the client secret in {}", path.display())]
    Read { path: PathBuf, source: io::Error },
}

debug_as_display!(ClientSecretError);

impl ClientSecret {
    /// The secret itself.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Kind::Text(Zeroizing::new(text.into())))
    }

    /// The secret in a file, without the line break at its end. The file is read before every request that needs it, so it
    /// can be replaced.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self(Kind::File(path.as_ref().into()))
    }

    /// The header of HTTP Basic with this client identifier (RFC 6749, section 2.3.1).
    pub(crate) async fn basic(&self, client_id: &str) -> Result<HeaderValue, ClientSecretError> {
        let secret = self.read().await?;
        let pair = secret::concat(&[&form::text(client_id), ":", &form::text(&secret)]);
        let mut header = secret::with_capacity(SCHEME.len() + pair.len().div_ceil(3) * 4);
        header.push_str(SCHEME);
        STANDARD.encode_string(pair.as_bytes(), &mut header);
        // Base64 is always a header.
        secret::header(header).map_err(|_| ClientSecretError::Length)
    }

    async fn read(&self) -> Result<Zeroizing<String>, ClientSecretError> {
        let text = match &self.0 {
            Kind::File(path) => read_file(path.clone()).await?,
            Kind::Text(text) => text.clone(),
        };
        if (1..=MAX_BYTES).contains(&text.len()) { Ok(text) } else { Err(ClientSecretError::Length) }
    }
}

/// On a thread for blocking work, because a disk may be slow.
async fn read_file(path: PathBuf) -> Result<Zeroizing<String>, ClientSecretError> {
    let read = {
        let path = path.clone();
        spawn_blocking(move || FileSet::new([path.as_path()], MAX_BYTES).read())
    };
    match read.await {
        Ok(Ok(contents)) => Ok(secret::concat(&[contents.first().map_or("", |text| text.trim_ascii_end())])),
        Ok(Err(ReadError { path, source })) => Err(ClientSecretError::Read { path, source }),
        Err(error) => Err(ClientSecretError::Read { path, source: io::Error::other(error) }),
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}

const SCHEME: &str = "Basic ";
const MAX_BYTES: usize = 64 * 1_024;
