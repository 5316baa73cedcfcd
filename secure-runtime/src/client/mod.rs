//! Calling secured services: a channel, credentials, and the one generic client behind the generated ones.

mod call;
mod channel;
mod credentials;

pub use call::Client;
pub use channel::{ConnectError, SecureChannel};
pub use credentials::{Credentials, CredentialsError};
