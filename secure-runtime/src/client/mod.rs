//! Calling secured services: a channel, credentials, and the one generic client behind the generated ones.

mod broken;
mod call;
mod channel;
mod credentials;
mod io;
#[cfg(feature = "oauth")]
mod oauth;
mod response;
mod token_file;

pub use call::Client;
pub use channel::SecureChannel;
pub use credentials::{CredentialSource, Credentials, CredentialsError};
#[cfg(feature = "oauth")]
pub use oauth::{ClientCredentialsGrant, ClientSecret, HttpsUrlError};

pub use crate::connect::ConnectError;
