//! Authentication: from the credentials of a call to a principal.
//!
//! - [`jwt`] verifies access tokens, and [`jwt::providers`] knows Auth0, Keycloak and other issuers.
//! - `introspection` asks the issuer about tokens that are not JWTs (feature `introspection`).
//! - [`ApiKeys`] takes keys of a file that has their digests.
//! - [`Mtls`] takes client certificates, alone or [beside](Mtls::beside) tokens or keys.
//! - [`UnixPeers`] takes users of this host, over a Unix socket.
//! - `LimitedByAddress` limits how many credentials are verified for one address (feature `rate-limit`).
//! - [`Authenticator`] is the trait for credentials of your own.
//!
//! # Order
//!
//! `certificates.beside(keys.either(tokens))` asks in this order, and asks only one of them:
//!
//! 1. `keys`, if the call presents an API key;
//! 2. `tokens`, if the call presents another credential in a header;
//! 3. `certificates`, if it presents none.
//!
//! A credential that is refused ends the call: the next one is never tried. So is a credential in a header that only the
//! first one reads, if the first one does not take it.
//!
//! Nothing here decides what a caller may do: that is [`authz`](crate::authz).

#[cfg(feature = "introspection")]
pub mod introspection;
pub mod jwt;

mod api_keys;
mod authenticator;
mod bearer;
mod beside;
#[cfg(feature = "rate-limit")]
mod limited_by_address;
mod mtls;
mod rejection;
mod unix_peers;

pub use api_keys::{ApiKeyFileError, ApiKeys};
pub use authenticator::{Authentication, Authenticator, CallHead, Either};
pub use bearer::BearerToken;
pub use beside::Beside;

#[cfg(feature = "rate-limit")]
pub use limited_by_address::LimitedByAddress;
pub use mtls::{Mtls, MtlsError};
pub use rejection::Rejection;
pub use unix_peers::UnixPeers;

pub use crate::connection::UnixPeer;
