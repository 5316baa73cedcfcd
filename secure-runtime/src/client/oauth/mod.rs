//! Access tokens of a client from an OAuth 2.0 server: the client credentials grant (RFC 6749, section 4.4).
//!
//! 1. [`ClientCredentialsGrant`] sends the request to the token endpoint.
//! 2. `answer` reads the response strictly.
//! 3. `token_cache` keeps the token, and renews it before it expires, once for all callers.

mod answer;
mod error;
mod grant;
#[cfg(test)]
mod tests;
mod token_cache;

pub(crate) use self::error::TokenError;
pub use self::grant::ClientCredentialsGrant;
pub use crate::https::{ClientSecret, HttpsUrlError};

use self::token_cache::TokenCache;
use super::Credentials;

impl Credentials {
    /// Access tokens from an OAuth 2.0 server, by the client credentials grant (RFC 6749, section 4.4).
    ///
    /// ```no_run
    /// use secure_runtime::client::{ClientCredentialsGrant, ClientSecret};
    /// use secure_runtime::{ClientTls, Credentials};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let secret = ClientSecret::file("/var/run/secrets/orders");
    /// let grant = ClientCredentialsGrant::new("https://id.example.com/token", "billing", secret, ClientTls::system_roots()?)?
    ///     .scopes(["orders:read"])
    ///     .resource("https://orders.example.com");
    /// let credentials = Credentials::client_credentials(grant);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The first call that needs a token requests it, once for all calls that wait. It is requested again when a tenth
    /// of its life is left, or a minute if that is more. At least half of its life passes before that. Calls use the
    /// old token until it expires. After a failure the next request comes a second later. This time doubles with each
    /// further failure, up to a minute, and varies by up to a half.
    ///
    /// A call without a token fails with UNAVAILABLE and is not sent. The reason is logged, without secrets.
    pub fn client_credentials(grant: ClientCredentialsGrant) -> Self {
        Self::source(TokenCache::new(grant))
    }
}
