//! Strict verification of JWT access tokens (RFC 7519, RFC 9068) in the compact form of JWS (RFC 7515).
//!
//! A token is accepted only if every check passes:
//!
//! 1. its size, its three parts and its header;
//! 2. the signature, by a key of the issuer that the claims name;
//! 3. audience, required claims, binding, subject, roles and scopes;
//! 4. its dates. So "expired" is said only of a token that is good in every other way.
//!
//! As an [`Authenticator`](crate::Authenticator), a [`Jwt`] keeps whole verified tokens for at most 60 seconds, in at
//! most 64 MiB ([`Jwt::max_cache_bytes`]). Any change of the keys empties this cache.
//!
//! Issuer, audience and keys are required. Everything else has a strict default; each relaxation is a setting, and its
//! documentation states the risk.
//!
//! ```
//! use secure_runtime::authn::jwt::{Audience, Issuer, Jwt, KeySet};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let jwks = r#"{ "keys": [{
//! #     "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
//! # }] }"#;
//! let keys = KeySet::from_jwks(jwks)?;
//! let tokens = Jwt::new(Issuer::new("https://id.example.com")?, Audience::new("orders")?, keys);
//! # Ok(())
//! # }
//! ```
//!
//! Several issuers are [trusted](Jwt::trusting) side by side, each with the roles it may grant. [`providers`] knows how
//! the tokens of the well-known ones look.
//!
//! ```
//! use secure_runtime::authn::jwt::{Audience, Grants, Issuer, Jwt, KeySet, Trust, providers};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let jwks = r#"{ "keys": [{
//! #     "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
//! # }] }"#;
//! # let (staff_keys, partner_keys) = (KeySet::from_jwks(jwks)?, KeySet::from_jwks(jwks)?);
//! let (staff, partners) = (Issuer::new("https://id.example.com")?, providers::auth0("partner.eu.auth0.com")?);
//! let orders = Audience::new("https://orders.example.com")?;
//! let tokens = Jwt::trusting([
//!     Trust::new(staff, orders.clone(), staff_keys, Grants::only(["clerk", "admin"])),
//!     Trust::new(partners, orders, partner_keys, Grants::starting_with("partner:")),
//! ])?;
//! # Ok(())
//! # }
//! ```
//!
//! Keycloak, for example, writes roles of the realm and of each client, and its access tokens have the type `JWT`. Its
//! [preset](providers::keycloak) knows both:
//!
//! ```no_run
//! # #[cfg(feature = "jwks-https")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use secure_runtime::authn::jwt::{Audience, Jwt, KeySet, providers};
//! use secure_runtime::{ClientTls, Gate};
//!
//! let issuer = providers::keycloak("https://id.example.com/realms/shop", ["orders"])?;
//! let keys = KeySet::from_discovery(&issuer, ClientTls::system_roots()?)?;
//! let gate = Gate::new(Jwt::new(issuer, Audience::new("orders")?, keys));
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "jwks-https"))]
//! # fn main() {}
//! ```
//!
//! [`threats`] lists every check, the attack that it stops, and the test that shows it.

pub mod providers;
pub mod threats;

mod algorithm;
mod audience;
mod binding;
mod cache;
mod claims;
mod compact;
mod grants;
mod header;
mod issuer;
mod issuer_name;
mod jwk;
mod key;
mod key_set;
mod lifetime;
mod limits;
mod list_claim;
mod public_key;
mod reason;
mod role_hint;
mod rsa_weakness;
mod secret;
mod spki;
mod string_or_uri;
mod subject;
mod tenants;
mod trust;
mod verifier;

#[cfg(test)]
mod tests;

pub use algorithm::Algorithm;
pub use audience::Audience;
pub use grants::Grants;
pub use issuer::{Issuer, TokenType};
pub use key_set::{KeyFileError, KeyFormat, KeySet, KeySetError};
pub use lifetime::LeewayTooLong;
pub use limits::{LimitOutOfBounds, TokenLimits};
pub use list_claim::ListClaim;
pub use secret::SecretError;
pub use string_or_uri::NotStringOrUri;
pub use subject::SubjectClaim;
pub use tenants::Tenants;
pub use trust::{Trust, TrustError};
pub use verifier::Jwt;
#[cfg(feature = "jwks-https")]
pub use {
    crate::https::HttpsUrlError,
    key_set::{KeyUrl, KeyUrlError},
};
