//! Calls secured services: channels, credentials, and the generic client behind the generated ones.
//!
//! 1. [`ChannelBuilder`] and [`SecureChannel`] connect to one server, or spread calls over several.
//! 2. [`Credentials`] gives the token of a call, if the rule of its method asks for one.
//! 3. [`Client`] sends the call. It sends it again only if no server processed it, or the token had expired.

mod attempts;
mod balance;
mod bidi;
mod broken;
mod builder;
mod call;
mod channel;
mod credentials;
mod io;
mod link;
mod measures;
#[cfg(feature = "oauth")]
mod oauth;
mod response;
mod retry;
mod tls_link;
mod token_file;
#[cfg(unix)]
mod unix;
mod unsent;

pub use bidi::BidiCall;
pub use builder::ChannelBuilder;
pub use call::Client;
pub use channel::SecureChannel;
pub use credentials::{CredentialSource, Credentials, CredentialsError};
#[cfg(feature = "oauth")]
pub use oauth::{ClientCredentialsGrant, ClientSecret, HttpsUrlError};
pub use retry::Retry;

pub use crate::connect::ConnectError;
