//! Keys that an issuer publishes over HTTPS.

use std::fmt;
use std::sync::Arc;

use http::HeaderValue;
use serde_json::Value;
use tokio::time::timeout;
use tower::BoxError;

use super::KeySet;
use super::format::KeyFormat;
use super::keys::MAX_BYTES;
use super::live::Live;
use super::max_age::fresh_for;
use super::refresh::{self, Loaded, Schedule, Source};
use super::single_flight::SingleFlight;
use super::url::{JwksUrl, KeyUrl, KeyUrlError, Timing, TokenFile};
use crate::authn::jwt::Issuer;
use crate::https::{FetchError, Https, HttpsUrl, HttpsUrlError};
use crate::json;
use crate::tls::ClientTls;

impl KeySet {
    /// Fetches a JWK Set from an `https` URL, again and again.
    ///
    /// - The first fetch starts now, and its failure is not an error: calls are refused with UNAVAILABLE until there are
    ///   keys.
    /// - The next fetch follows after 10 minutes, or after `max-age` of `Cache-Control` less `Age`, between a minute and a
    ///   day. After a failure, it follows after 30 seconds.
    /// - A token that is good except for an unknown key causes a fetch, if the last one started at least 30 seconds ago.
    ///   Its call waits for at most a second, and so do 255 others. A call whose key is known never waits.
    /// - An answer takes at most 5 seconds, connecting included, and 512 KiB. Its status is 200. Redirects are not
    ///   followed, and proxies of the environment are not used.
    /// - The last good keys stay in use for a day of failures. Then calls are refused with UNAVAILABLE.
    ///
    /// ```no_run
    /// # use secure_runtime::{ClientTls, authn::jwt::KeySet};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let keys = KeySet::from_jwks_url("https://id.example.com/jwks.json", ClientTls::system_roots()?)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The URL is not an https one, or there is no thread to fetch with.
    pub fn from_jwks_url(url: &str, tls: ClientTls) -> Result<Self, KeyUrlError> {
        Self::from_url(KeyUrl::new(url, tls)?)
    }

    /// Fetches keys from an `https` URL with settings of its own, as [`from_jwks_url`](Self::from_jwks_url) does.
    ///
    /// # Errors
    ///
    /// There is no thread to fetch with.
    pub fn from_url(url: KeyUrl) -> Result<Self, KeyUrlError> {
        url.into_source().follow()
    }

    /// Fetches the JWK Set that an issuer names in its discovery document, the `jwks_uri` of
    /// `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0, section 4), as
    /// [`from_jwks_url`](Self::from_jwks_url) does. The 5 seconds are for both.
    ///
    /// The `issuer` in the document must be the name of `issuer`, byte for byte, and the `jwks_uri` an https one.
    ///
    /// ```no_run
    /// # use secure_runtime::{ClientTls, authn::jwt::{Audience, Issuer, Jwt, KeySet}};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let issuer = Issuer::new("https://id.example.com")?;
    /// let keys = KeySet::from_discovery(&issuer, ClientTls::system_roots()?)?;
    /// let tokens = Jwt::new(issuer, Audience::new("orders")?, keys);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The issuer's name is not an https URL or has a place for tenants, or there is no thread to fetch with.
    pub fn from_discovery(issuer: &Issuer, tls: ClientTls) -> Result<Self, KeyUrlError> {
        if !issuer.has_one_name() {
            return Err(HttpsUrlError::NotAUrl.into());
        }
        let (name, https) = (issuer.as_str().to_owned(), Https::new(tls, MAX_BYTES));
        Discovery { url: well_known(&name)?, name, https, timing: Timing::DEFAULT }.follow()
    }
}

/// A discovery document, which names the URL of a JWK Set.
pub(super) struct Discovery {
    pub(super) url: HttpsUrl,
    pub(super) name: String,
    pub(super) https: Https,
    pub(super) timing: Timing,
}

impl JwksUrl {
    pub(super) fn follow(self) -> Result<KeySet, KeyUrlError> {
        follow(self.timing, self)
    }
}

impl Discovery {
    pub(super) fn follow(self) -> Result<KeySet, KeyUrlError> {
        follow(self.timing, self)
    }

    async fn jwks_uri(&self) -> Result<HttpsUrl, DiscoveryError> {
        let document = self.https.get(&self.url, None).await?;
        let document = json::object(document.body().as_bytes()).map_err(|_| DiscoveryError::NotAnObject)?;
        if document.get("issuer").and_then(Value::as_str) != Some(&self.name) {
            return Err(DiscoveryError::Issuer);
        }
        let uri = document.get("jwks_uri").and_then(Value::as_str).ok_or(DiscoveryError::NoUrl)?;
        uri.parse().map_err(DiscoveryError::Url)
    }
}

fn follow(timing: Timing, source: impl Source) -> Result<KeySet, KeyUrlError> {
    let live = Arc::new(Live::empty(SingleFlight::new(timing.min_interval)));
    refresh::start(source, &live).map_err(KeyUrlError::Thread)?;
    Ok(KeySet::of_live(live))
}

impl Source for JwksUrl {
    fn schedule(&self) -> Schedule {
        self.timing.schedule()
    }

    async fn load(&self) -> Result<Loaded, BoxError> {
        let token = self.token.as_ref().map(TokenFile::header).transpose()?;
        in_time(self.timing, jwks(&self.https, &self.url, token)).await
    }

    fn format(&self) -> KeyFormat {
        self.format
    }
}

impl Source for Discovery {
    fn schedule(&self) -> Schedule {
        self.timing.schedule()
    }

    async fn load(&self) -> Result<Loaded, BoxError> {
        in_time(self.timing, async { jwks(&self.https, &self.jwks_uri().await?, None).await }).await
    }
}

async fn in_time(timing: Timing, attempt: impl Future<Output = Result<Loaded, BoxError>>) -> Result<Loaded, BoxError> {
    let attempt = timeout(timing.attempt_timeout, attempt).await;
    attempt.unwrap_or_else(|_| Err(FetchError::Timeout(timing.attempt_timeout).into()))
}

async fn jwks(https: &Https, url: &HttpsUrl, token: Option<HeaderValue>) -> Result<Loaded, BoxError> {
    let answer = https.get(url, token).await?;
    Ok(Loaded { fresh_for: fresh_for(answer.headers()), text: answer.into_body() })
}

/// OpenID Connect Discovery 1.0, section 4.1: a slash at the end of the name is left out.
fn well_known(issuer: &str) -> Result<HttpsUrl, HttpsUrlError> {
    if issuer.contains('?') {
        return Err(HttpsUrlError::NotAUrl);
    }
    format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer)).parse()
}

impl fmt::Display for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

/// Why a discovery document gives no URL.
#[derive(thiserror::Error)]
pub(crate) enum DiscoveryError {
    #[error("the discovery document cannot be fetched")]
    Fetch(#[from] FetchError),
    #[error("the discovery document has another `issuer`")]
    Issuer,
    #[error("the discovery document is not a strict JSON object")]
    NotAnObject,
    #[error("the discovery document has no `jwks_uri`")]
    NoUrl,
    #[error("the `jwks_uri` of the discovery document is refused")]
    Url(#[source] HttpsUrlError),
}

debug_as_display!(DiscoveryError);
