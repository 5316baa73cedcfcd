//! Token introspection (RFC 7662): asks an OAuth 2.0 server about tokens that this server cannot read.
//!
//! 1. A token is refused without a request if it is malformed or too long, does not have the
//!    [prefix](Introspection::prefix), or is a [JWT](Introspection::accept_jwts).
//! 2. An answer that is known is used. It is kept for at most 60 seconds, and not beyond its `exp`.
//! 3. The server is asked, once for all calls that present the token. Its answer is read strictly.
//! 4. The claims of an active token are checked as those of a JWT are: issuer, audience, required claims, binding,
//!    subject, roles, scopes, actors and dates.
//!
//! If the server cannot be asked, or its answer is not valid, calls are refused with UNAVAILABLE.
//!
//! ```no_run
//! use secure_runtime::authn::introspection::{ClientSecret, Introspection, IntrospectionEndpoint};
//! use secure_runtime::authn::jwt::{Audience, Issuer};
//! use secure_runtime::{ClientTls, Gate};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let secret = ClientSecret::file("/var/run/secrets/orders");
//! let endpoint = IntrospectionEndpoint::with_client_secret(
//!     "https://id.example.com/introspect",
//!     "orders",
//!     secret,
//!     ClientTls::system_roots()?,
//! )?;
//! let issuer = Issuer::new("https://id.example.com")?;
//! let gate = Gate::new(Introspection::new(issuer, Audience::new("https://orders.example.com")?, endpoint));
//! # Ok(())
//! # }
//! ```
//!
//! # Beside JWTs
//!
//! An issuer has keys or an introspection endpoint for one kind of token, never both: a [`Trust`](super::jwt::Trust) takes
//! keys, and an [`Introspection`] takes an endpoint. `introspection.either(tokens)`
//! ([`Authenticator::either`](super::Authenticator::either)) accepts both kinds:
//!
//! | token | who decides |
//! |---|---|
//! | not a JWT | the introspection endpoint |
//! | a JWT | `tokens`, with its keys, without a request |
//! | a JWT with this issuer in `iss`, after [`Introspection::accept_jwts`] | the introspection endpoint |
//!
//! Write the [`Introspection`] first: a [`Jwt`](super::jwt::Jwt) takes every bearer token for its own. Of several
//! introspection endpoints, [`Introspection::prefix`] says which one a token belongs to.
//!
//! # Threats
//!
#![doc = include_str!("checks.md")]

mod answer;
mod cache;
mod endpoint;
mod reason;
mod settings;
mod single_flight;
#[cfg(test)]
mod tests;
mod verifier;

pub use self::endpoint::IntrospectionEndpoint;
pub use self::verifier::Introspection;
pub use crate::https::{ClientSecret, HttpsUrlError};
