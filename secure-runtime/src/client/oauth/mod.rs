//! Access tokens that a client gets for itself from an OAuth 2.0 server (RFC 6749, section 4.4).

mod answer;
mod error;
mod form;
mod grant;
mod kept;
mod secret;
#[cfg(test)]
mod tests;

pub(crate) use self::error::TokenError;
pub use self::grant::ClientCredentialsGrant;
pub use self::secret::ClientSecret;
pub use crate::https::HttpsUrlError;

use self::kept::Kept;
use super::Credentials;

impl Credentials {
    /// The access token that an OAuth 2.0 server gives to this client for itself (RFC 6749, section 4.4).
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
    /// The server is asked when the first call needs a token, once for all calls that wait, and again when a tenth of
    /// the token's life is left, or a minute if that is more, but no earlier than at half of it; meanwhile calls
    /// go on with the token that is there, until it ends. After a failure the server is left alone for a second, twice
    /// as long after each further one, a minute at most, and up to half of that less by chance.
    ///
    /// A call for which there is no token fails with UNAVAILABLE and is not sent. Why is told in the log, without
    /// secrets.
    pub fn client_credentials(grant: ClientCredentialsGrant) -> Self {
        Self::source(Kept::new(grant))
    }
}
