//! What a client presents.

use std::fmt;

use http::HeaderValue;

/// What a client presents: sent to the methods whose rule asks for a credential, and to no other.
#[derive(Clone)]
pub struct Credentials(Option<HeaderValue>);

impl Credentials {
    /// Nothing: only public methods will answer.
    pub fn none() -> Self {
        Self(None)
    }

    /// A bearer token (RFC 6750, section 2.1).
    ///
    /// # Errors
    ///
    /// The token is empty, or holds characters that no token may hold.
    pub fn bearer(token: &str) -> Result<Self, CredentialsError> {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if token.is_empty() || !token.bytes().all(is_token) {
            return Err(CredentialsError(()));
        }
        let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| CredentialsError(()))?;
        value.set_sensitive(true);
        Ok(Self(Some(value)))
    }

    pub(super) fn header(&self) -> Option<&HeaderValue> {
        self.0.as_ref()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

/// A text that is no bearer token.
#[derive(Debug, thiserror::Error)]
#[error("a bearer token is one or more of the characters A-Z a-z 0-9 - . _ ~ + / =")]
pub struct CredentialsError(());
