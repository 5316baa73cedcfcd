//! The client credentials grant.

use std::fmt;

use super::answer::Granted;
use super::token_cache::TokenEndpoint;
use super::{ClientSecret, HttpsUrlError, TokenError};
use crate::https::{Https, HttpsUrl, form};
use crate::tls::ClientTls;

/// A request for an access token of the client itself (RFC 6749, section 4.4).
#[derive(Clone, Debug)]
pub struct ClientCredentialsGrant {
    endpoint: HttpsUrl,
    client_id: String,
    secret: ClientSecret,
    https: Https,
    scopes: Vec<String>,
    /// Further parameters of the request.
    parameters: Vec<(&'static str, String)>,
}

impl ClientCredentialsGrant {
    /// A request to the token endpoint of a server that `tls` trusts. The client authenticates by HTTP Basic (RFC 6749,
    /// section 2.3.1).
    ///
    /// The request takes 5 seconds at most, including connecting. A response has at most 64 KiB, and its `token_type` is
    /// `Bearer`. Redirects are not followed, and proxies of the environment are not used.
    ///
    /// # Errors
    ///
    /// Fails if the endpoint is not an https URL.
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

    /// Requests these scopes (RFC 6749, section 3.3). Default: the server decides.
    #[must_use]
    pub fn scopes(self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { scopes: scopes.into_iter().map(Into::into).collect(), ..self }
    }

    /// Requests a token for the service with this URI, as `resource` (RFC 8707, section 2). Call it again for more.
    #[must_use]
    pub fn resource(self, uri: impl Into<String>) -> Self {
        self.with("resource", uri.into())
    }

    /// Requests a token for the service with this name, as `audience`, which some servers take instead of `resource`.
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
}

impl TokenEndpoint for ClientCredentialsGrant {
    async fn ask(&self) -> Result<Granted, TokenError> {
        let answer = self.https.post(&self.endpoint, self.secret.basic(&self.client_id).await?, self.form()).await?;
        Granted::read(&answer)
    }
}

impl fmt::Display for ClientCredentialsGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.endpoint.fmt(f)
    }
}

/// The longest response that is read.
const MAX_BYTES: usize = 64 * 1_024;
