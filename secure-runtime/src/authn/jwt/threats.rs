//! Threats to tokens and keys, the mechanism against each, and the tests that show it.
//!
//! [`Grants`]: super::Grants
//! [`KeySet::from_jwks_file`]: super::KeySet::from_jwks_file
//! [`KeySet::from_secret`]: super::KeySet::from_secret
//!
#![doc = include_str!("checks.md")]
//!
#![doc = include_str!("key_set/checks.md")]
