//! Calling secured services: a channel, credentials, and the one generic client behind the generated ones.

mod broken;
mod call;
mod channel;
mod credentials;
mod dialer;
mod error;
mod io;
#[cfg(feature = "oauth")]
mod oauth;
mod target;
mod token_file;

pub use call::Client;
pub use channel::SecureChannel;
pub use credentials::{CredentialSource, Credentials, CredentialsError};
pub use error::ConnectError;
#[cfg(feature = "oauth")]
pub use oauth::{ClientCredentialsGrant, ClientSecret, HttpsUrlError};
#[cfg(any(feature = "jwks-https", feature = "oauth"))]
pub(crate) use {dialer::Dialer, target::Target};
