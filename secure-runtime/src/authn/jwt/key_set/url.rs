//! The URL of a set of keys, and how it is asked.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use super::format::KeyFormat;
use super::keys::MAX_BYTES;
use super::refresh::Schedule;
use crate::follow::FileSet;
use crate::https::{Https, HttpsUrl, HttpsUrlError};
use crate::secret;
use crate::tls::ClientTls;
use crate::token68::is_token68;

/// An `https` URL with keys. [`KeySet::from_url`](super::KeySet::from_url) fetches them.
///
/// ```no_run
/// # use secure_runtime::{ClientTls, authn::jwt::{KeySet, KeyUrl}, tls::ServerRoots};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // The keys of a Kubernetes cluster, from inside a pod.
/// let ca = ServerRoots::from_pem_file("/var/run/secrets/kubernetes.io/serviceaccount/ca.crt")?;
/// let tls = ClientTls::with_roots(ca);
/// let url = KeyUrl::new("https://kubernetes.default.svc/openid/v1/jwks", tls)?
///     .bearer_token_file("/var/run/secrets/kubernetes.io/serviceaccount/token");
/// let keys = KeySet::from_url(url)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct KeyUrl(JwksUrl);

impl KeyUrl {
    /// A URL with a JWK Set, on a server that `tls` trusts.
    ///
    /// # Errors
    ///
    /// The URL is not an https one.
    pub fn new(url: &str, tls: ClientTls) -> Result<Self, KeyUrlError> {
        let (url, https) = (url.parse()?, Https::new(tls, MAX_BYTES));
        Ok(Self(JwksUrl { url, https, timing: Timing::DEFAULT, format: KeyFormat::jwks(), token: None }))
    }

    /// The form of the keys. Default: [`KeyFormat::jwks`].
    #[must_use]
    pub fn format(self, format: KeyFormat) -> Self {
        Self(JwksUrl { format, ..self.0 })
    }

    /// A file with the bearer token to fetch the keys with, such as a token of a Kubernetes service account. It is read
    /// before each fetch. While it has no token, the fetch fails. Default: none is sent.
    #[must_use]
    pub fn bearer_token_file(self, path: impl AsRef<Path>) -> Self {
        Self(JwksUrl { token: Some(TokenFile(Arc::new(FileSet::new([path.as_ref()], MAX_TOKEN_BYTES)))), ..self.0 })
    }

    pub(super) fn into_source(self) -> JwksUrl {
        self.0
    }
}

/// A URL with keys.
#[derive(Debug)]
pub(super) struct JwksUrl {
    pub(super) url: HttpsUrl,
    pub(super) https: Https,
    pub(super) timing: Timing,
    pub(super) format: KeyFormat,
    pub(super) token: Option<TokenFile>,
}

impl fmt::Display for JwksUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

/// The times of a source. They are fields, so that tests can use shorter ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    /// For one attempt, with all its requests.
    pub(super) attempt_timeout: Duration,
    /// From a failure to the next attempt.
    pub(super) retry_interval: Duration,
    /// From the start of an attempt to one that a call may request.
    pub(super) min_interval: Duration,
    /// How long the last good keys stay in use while attempts fail.
    pub(super) max_outage: Duration,
}

impl Timing {
    pub(super) const DEFAULT: Self = Self {
        attempt_timeout: Duration::from_secs(5),
        retry_interval: Duration::from_secs(30),
        min_interval: Duration::from_secs(30),
        max_outage: Duration::from_secs(24 * 60 * 60),
    };

    pub(super) fn schedule(self) -> Schedule {
        Schedule { retry_interval: self.retry_interval, max_outage: self.max_outage }
    }
}

/// A file with a bearer token.
#[derive(Clone, Debug)]
pub(super) struct TokenFile(Arc<FileSet>);

impl TokenFile {
    /// The `authorization` header with the token. The thread of the keys may wait for the file.
    pub(super) fn header(&self) -> io::Result<HeaderValue> {
        let contents = self.0.read().map_err(|error| error.source)?;
        let text = contents.first().map_or("", String::as_str);
        let token = text.trim_ascii_end();
        if text.len() > MAX_TOKEN_BYTES || !is_token68(token) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file does not have a bearer token"));
        }
        secret::header(secret::concat(&["Bearer ", token])).map_err(io::Error::other)
    }
}

const MAX_TOKEN_BYTES: usize = 64 * 1_024;

/// Why keys can never be fetched. A fetch that fails later is not an error: it is logged and repeated.
#[non_exhaustive]
#[derive(thiserror::Error)]
pub enum KeyUrlError {
    /// There is no thread to fetch with.
    #[error("there is no thread to fetch keys with")]
    Thread(#[source] io::Error),
    /// The URL, or the name of the issuer, is not an https URL.
    #[error("keys can only be fetched from an https URL")]
    Url(#[from] HttpsUrlError),
}

debug_as_display!(KeyUrlError);
