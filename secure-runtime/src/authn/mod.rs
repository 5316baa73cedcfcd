//! Authentication: from the credentials of a call to a principal.
//!
//! - [`jwt`] verifies access tokens, and [`jwt::providers`] knows Auth0, Keycloak and other issuers.
//! - [`Mtls`] takes client certificates, alone or [beside](Mtls::beside) tokens.
//! - [`Authenticator`] is the trait for credentials of your own.
//!
//! Nothing here decides what a caller may do: that is [`authz`](crate::authz).

pub mod jwt;

mod authenticator;
mod bearer;
mod beside;
mod mtls;
mod rejection;

pub use authenticator::{Authentication, Authenticator, CallHead};
pub use bearer::BearerToken;
pub use beside::Beside;
pub use mtls::{Mtls, MtlsError};
pub use rejection::Rejection;
