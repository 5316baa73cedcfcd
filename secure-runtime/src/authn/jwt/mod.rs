//! Strict verification of JWT access tokens (RFC 7519, RFC 9068) in the compact form of JWS (RFC 7515).
//!
//! A token is accepted only if every check passes:
//!
//! 1. its size, its three parts and its header;
//! 2. the signature, by a key of the issuer that the claims name;
//! 3. the audience, the required claims, the binding to a client certificate, the subject, the roles, the scopes and the
//!    actors of a delegated token;
//! 4. its dates. So a token is reported as expired only if every other check passed.
//!
//! A [`Jwt`] is an [`Authenticator`](crate::Authenticator). It caches verified tokens for at most 60 seconds. The cache
//! takes at most 64 MiB ([`Jwt::max_cache_bytes`]). Any change of the keys empties it.
//!
//! If the issuer's keys are not loaded yet, or are too old, calls with its tokens are UNAVAILABLE.
//!
//! Issuer, audience and keys are required. Every other setting has a strict default. The documentation of each
//! relaxation states its risk.
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
//! [`Jwt::trusting`] accepts tokens of several issuers. Each issuer has a list of the roles that it may grant.
//! [`providers`] has the token formats of well-known issuers.
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
//! [`threats`] lists every check, the attack that the check stops, and the test that proves it.

pub mod providers;
pub mod threats;

mod algorithm;
mod audience;
mod binding;
mod cache;
mod claim_rules;
mod claims;
mod compact;
mod delegation;
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
#[cfg(feature = "introspection")]
pub(super) use {
    claim_rules::{ClaimRules, Terms},
    claims::Claims,
    lifetime::Lifetime,
};
