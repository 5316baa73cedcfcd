//! What a client asks for, and where.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

use super::answer::Granted;
use super::kept::TokenEndpoint;
use super::{ClientSecret, HttpsUrlError, TokenError, form};
use crate::https::{Https, HttpsUrl};
use crate::tls::ClientTls;

/// A request for a token that a client makes for itself: the client credentials grant (RFC 6749, section 4.4).
#[derive(Clone, Debug)]
pub struct ClientCredentialsGrant {
    endpoint: HttpsUrl,
    client_id: String,
    secret: ClientSecret,
    https: Https,
    scopes: Vec<String>,
    /// What else the request says.
    parameters: Vec<(&'static str, String)>,
}

impl ClientCredentialsGrant {
    /// Asks the token endpoint of a server that `tls` trusts. The client proves itself by HTTP Basic (RFC 6749, section
    /// 2.3.1).
    ///
    /// An answer has 5 seconds, connecting included, and 64 KiB. It must be of `token_type` `Bearer`. Redirects are not
    /// followed, and proxies of the environment are not asked.
    ///
    /// # Errors
    ///
    /// The endpoint is no https URL.
    pub fn new(
        token_endpoint: &str,
        client_id: impl Into<String>,
        secret: ClientSecret,
        tls: ClientTls,
    ) -> Result<Self, HttpsUrlError> {
        Ok(Self {
            endpoint: token_endpoint.parse()?,
            client_id: client_id.into(),
            secret,
            https: Https::new(tls, MAX_BYTES),
            scopes: Vec::new(),
            parameters: Vec::new(),
        })
    }

    /// Asks for these scopes (RFC 6749, section 3.3): the server's default if not called.
    #[must_use]
    pub fn scopes(self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { scopes: scopes.into_iter().map(Into::into).collect(), ..self }
    }

    /// Names the service that the token is for by its URI, as `resource` (RFC 8707, section 2). May be called again.
    #[must_use]
    pub fn resource(self, uri: impl Into<String>) -> Self {
        self.with("resource", uri.into())
    }

    /// Names the service that the token is for as `audience`, which is what some servers call it.
    #[must_use]
    pub fn audience(self, name: impl Into<String>) -> Self {
        self.with("audience", name.into())
    }

    fn with(mut self, name: &'static str, value: String) -> Self {
        self.parameters.push((name, value));
        self
    }

    fn form(&self) -> String {
        let scope = self.scopes.join(" ");
        let scope = (!scope.is_empty()).then_some(("scope", scope.as_str()));
        let others = self.parameters.iter().map(|(name, value)| (*name, value.as_str()));
        form::pairs([("grant_type", "client_credentials")].into_iter().chain(scope).chain(others))
    }

    fn credential(&self) -> Result<HeaderValue, TokenError> {
        let pair = format!("{}:{}", form::text(&self.client_id), form::text(&self.secret.read()?));
        let basic = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)));
        let mut basic = basic.map_err(|_| TokenError::NoSecret)?;
        basic.set_sensitive(true);
        Ok(basic)
    }
}

impl TokenEndpoint for ClientCredentialsGrant {
    async fn ask(&self) -> Result<Granted, TokenError> {
        let answer = self.https.post(&self.endpoint, self.credential()?, self.form()).await?;
        Granted::read(&answer)
    }
}

impl fmt::Display for ClientCredentialsGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.endpoint.fmt(f)
    }
}

/// The longest answer that is read.
const MAX_BYTES: usize = 64 * 1_024;
