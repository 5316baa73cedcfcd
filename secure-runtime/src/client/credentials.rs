//! The credentials of a client.

use std::fmt;
use std::future::{Future, ready};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use http::HeaderValue;
use tonic::Status;
use tower::BoxError;
use zeroize::Zeroizing;

use super::token_file::{NoToken, TokenFile};
use crate::secret;
use crate::token68::is_token68;

/// The credentials of a client. They are sent only to methods whose rule asks for a credential.
///
/// They go only to the servers of the client's [`SecureChannel`](super::SecureChannel), whose names TLS verified. Tokens
/// are wiped from memory when they are dropped; buffers of the HTTP and TLS libraries are not.
#[derive(Clone)]
pub struct Credentials(Kind);

#[derive(Clone)]
enum Kind {
    Bearer(HeaderValue),
    Nothing,
    Source(Arc<dyn CredentialSource>),
}

impl Credentials {
    /// No credentials. Only public methods can be called.
    pub fn none() -> Self {
        Self(Kind::Nothing)
    }

    /// A bearer token (RFC 6750, section 2.1).
    ///
    /// # Errors
    ///
    /// The token is empty, holds characters that no token may hold, or has `=` elsewhere than at its end.
    pub fn bearer(token: &str) -> Result<Self, CredentialsError> {
        header(token).map(|header| Self(Kind::Bearer(header)))
    }

    /// Asks `source` for a bearer token before every call that needs one.
    ///
    /// ```
    /// # use secure_runtime::Credentials;
    /// # #[derive(Clone)] struct Vault;
    /// # impl Vault { async fn token(&self) -> Result<String, std::io::Error> { Ok("t".to_owned()) } }
    /// # let vault = Vault;
    /// let credentials = Credentials::source(move || {
    ///     let vault = vault.clone();
    ///     async move { vault.token().await }
    /// });
    /// ```
    ///
    /// A call without a token fails with UNAVAILABLE and is not sent. The error of the source is dropped, as it may hold
    /// secrets. So a source should log its errors itself.
    ///
    /// If a server of this crate says that the token has expired, the source is told, and asked for another one. A call
    /// with one request is then sent once more.
    pub fn source(source: impl CredentialSource) -> Self {
        Self(Kind::Source(Arc::new(source)))
    }

    /// The bearer token in a file that is replaced before it expires, such as a projected service account token of
    /// Kubernetes. The file is read here, and then every 10 seconds by a thread of its own.
    ///
    /// Calls fail with UNAVAILABLE until the file has a token. The source of the status says what is wrong with the file, and
    /// so does the log. A file that is then missing, empty or half-written does not
    /// replace the last token.
    ///
    /// ```
    /// # use secure_runtime::Credentials;
    /// let credentials = Credentials::file("/var/run/secrets/tokens/orders");
    /// ```
    pub fn file(path: impl AsRef<Path>) -> Self {
        let file = Arc::new(TokenFile::new(path.as_ref()));
        Self::source(move || ready(file.token()))
    }

    /// The `authorization` header of one call.
    pub(super) async fn header(&self) -> Result<Option<HeaderValue>, Status> {
        match &self.0 {
            Kind::Bearer(value) => Ok(Some(value.clone())),
            Kind::Nothing => Ok(None),
            Kind::Source(source) => {
                let token = Zeroizing::new(source.token().await.map_err(unavailable)?);
                header(&token).map(Some).map_err(unavailable)
            }
        }
    }

    /// Another header, after the server said that the token in `refused` has expired. `None` if there is no other.
    pub(super) async fn renewed(&self, refused: &HeaderValue) -> Option<HeaderValue> {
        let Kind::Source(source) = &self.0 else { return None };
        source.expired(refused.to_str().ok()?.strip_prefix(SCHEME)?);
        self.header().await.ok()?.filter(|header| header != refused)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

/// A source of tokens. A closure that returns a future implements it.
pub trait CredentialSource: Send + Sync + 'static {
    /// A token for the next call. Every call asks, so a source should keep a token until it expires.
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<String, BoxError>> + Send + '_>>;

    /// Called when a server refused this token because it has expired. Default: does nothing.
    ///
    /// A server whose clock is wrong may report every token as expired. So a source should limit how often it requests
    /// a new one.
    fn expired(&self, _token: &str) {}
}

impl<F, Fut, E> CredentialSource for F
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<String, E>> + Send + 'static,
    E: Into<BoxError>,
{
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<String, BoxError>> + Send + '_>> {
        let token = self();
        Box::pin(async move { token.await.map_err(Into::into) })
    }
}

fn header(token: &str) -> Result<HeaderValue, CredentialsError> {
    if !is_token68(token) {
        return Err(CredentialsError(()));
    }
    secret::header(secret::concat(&[SCHEME, token])).map_err(|_| CredentialsError(()))
}

const SCHEME: &str = "Bearer ";

/// What is wrong with a token file is the source of the status, which no status carries to another process. The error of
/// another source is dropped.
fn unavailable(error: impl Into<BoxError>) -> Status {
    let mut status = Status::unavailable("no credential could be obtained");
    if let Ok(error) = error.into().downcast::<NoToken>() {
        status.set_source(Arc::from(error as BoxError));
    }
    status
}

/// The text is not a bearer token.
#[derive(thiserror::Error)]
#[error("a bearer token is one or more of the characters A-Z a-z 0-9 - . _ ~ + /, and may end in `=`")]
pub struct CredentialsError(());

debug_as_display!(CredentialsError);
