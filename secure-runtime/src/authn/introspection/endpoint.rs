//! The endpoint, and how this server authenticates to it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use http::{HeaderValue, StatusCode};
use tokio::task::spawn_blocking;

use super::answer::AnswerError;
use crate::follow::FileSet;
use crate::https::{ClientSecret, ClientSecretError, FetchError, Https, HttpsUrl, HttpsUrlError, form};
use crate::secret;
use crate::tls::ClientTls;
use crate::token68::is_token68;
use crate::warning::RareWarning;

/// The introspection endpoint of an OAuth 2.0 server (RFC 7662, section 2), and the credential of this server there.
///
/// A request takes 5 seconds at most, including connecting, and has a connection of its own. An answer has status 200 and
/// at most 64 KiB. Redirects are not followed, and proxies of the environment are not used.
#[derive(Debug)]
pub struct IntrospectionEndpoint {
    url: HttpsUrl,
    https: Https,
    credential: Credential,
    warning: Mutex<RareWarning>,
}

#[derive(Debug)]
enum Credential {
    Basic { client_id: String, secret: ClientSecret },
    BearerFile(PathBuf),
}

impl IntrospectionEndpoint {
    /// An endpoint on a server that `tls` trusts. This server authenticates by HTTP Basic (RFC 6749, section 2.3.1).
    ///
    /// # Errors
    ///
    /// The URL is not an https one.
    pub fn with_client_secret(
        url: &str,
        client_id: impl Into<String>,
        secret: ClientSecret,
        tls: ClientTls,
    ) -> Result<Self, HttpsUrlError> {
        Self::new(url, Credential::Basic { client_id: client_id.into(), secret }, tls)
    }

    /// An endpoint on a server that `tls` trusts. This server authenticates by the bearer token in a file, which is read
    /// before each request (RFC 7662, section 2.1).
    ///
    /// # Errors
    ///
    /// The URL is not an https one.
    pub fn with_bearer_token_file(url: &str, path: impl AsRef<Path>, tls: ClientTls) -> Result<Self, HttpsUrlError> {
        Self::new(url, Credential::BearerFile(path.as_ref().into()), tls)
    }

    fn new(url: &str, credential: Credential, tls: ClientTls) -> Result<Self, HttpsUrlError> {
        let (url, https) = (url.parse()?, Https::new(tls, MAX_BYTES));
        Ok(Self { url, https, credential, warning: Mutex::default() })
    }

    /// Asks about a token. Returns the text of the answer.
    pub(super) async fn ask(&self, token: &str) -> Result<String, EndpointError> {
        let form = form::pairs([("token", token), ("token_type_hint", "access_token")]);
        let answer = self.https.post(&self.url, self.credential.header().await?, form).await?;
        match answer.status() {
            StatusCode::OK => Ok(answer.into_body()),
            status => Err(EndpointError::Status(status)),
        }
    }

    /// Logs a failure, but at most one in ten seconds: every call may fail.
    pub(super) fn log(&self, error: &EndpointError) {
        if let Some(failures) = self.warning.lock().unwrap_or_else(PoisonError::into_inner).event() {
            tracing::warn!(endpoint = %self.url, ?error, failures, "tokens cannot be introspected");
        }
    }
}

impl Credential {
    async fn header(&self) -> Result<HeaderValue, EndpointError> {
        match self {
            Self::Basic { client_id, secret } => Ok(secret.basic(client_id).await?),
            Self::BearerFile(path) => {
                let path = path.clone();
                // On a thread for blocking work, because a disk may be slow.
                let header = spawn_blocking(move || bearer(&path)).await.map_err(io::Error::other);
                header.and_then(|header| header).map_err(EndpointError::Token)
            }
        }
    }
}

fn bearer(path: &Path) -> io::Result<HeaderValue> {
    let contents = FileSet::new([path], MAX_BYTES).read().map_err(|error| error.source)?;
    let token = contents.first().map_or("", |text| text.trim_ascii_end());
    if token.len() > MAX_BYTES || !is_token68(token) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the file does not have a bearer token"));
    }
    secret::header(secret::concat(&["Bearer ", token])).map_err(io::Error::other)
}

/// Without the query, which may hold a secret.
impl fmt::Display for IntrospectionEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

/// Why an endpoint does not say whether a token is active. It contains neither secrets nor text of the server.
#[derive(thiserror::Error)]
pub(super) enum EndpointError {
    #[error("the answer is not valid")]
    Answer(#[from] AnswerError),
    #[error("the request failed")]
    Fetch(#[from] FetchError),
    #[error("there is no client secret")]
    Secret(#[from] ClientSecretError),
    #[error("the answer has status {}: only 200 is accepted, and redirects are not followed", .0.as_u16())]
    Status(StatusCode),
    #[error("there is no bearer token for the endpoint")]
    Token(#[source] io::Error),
}

debug_as_display!(EndpointError);

/// The longest answer, and the longest token for the endpoint.
const MAX_BYTES: usize = 64 * 1_024;
