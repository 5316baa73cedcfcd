//! Threats to tokens and keys, the mechanism against each, and the tests that show it.
//!
//! [`Audience::any_of`]: super::Audience::any_of
//! [`Grants`]: super::Grants
//! [`Issuer::algorithms`]: super::Issuer::algorithms
//! [`Issuer::audience_in`]: super::Issuer::audience_in
//! [`Issuer::for_tenants`]: super::Issuer::for_tenants
//! [`Issuer::roles_from`]: super::Issuer::roles_from
//! [`Issuer::scopes_from`]: super::Issuer::scopes_from
//! [`Issuer::subject_from`]: super::Issuer::subject_from
//! [`Issuer::token_type`]: super::Issuer::token_type
//! [`Jwt::leeway`]: super::Jwt::leeway
//! [`Jwt::max_cache_bytes`]: super::Jwt::max_cache_bytes
//! [`KeyFormat::certificates`]: super::KeyFormat::certificates
//! [`KeyFormat::pem`]: super::KeyFormat::pem
//! [`KeySet::from_jwks_file`]: super::KeySet::from_jwks_file
//! [`KeySet::from_secret`]: super::KeySet::from_secret
//! [`ListClaim::string_or_array`]: super::ListClaim::string_or_array
//! [`ListClaim::words_or_array`]: super::ListClaim::words_or_array
//! [`SubjectClaim::allow_integers`]: super::SubjectClaim::allow_integers
//! [`SubjectClaim::allow_spaces`]: super::SubjectClaim::allow_spaces
//! [`SubjectClaim::prefix`]: super::SubjectClaim::prefix
//! [`TokenLimits::max_bytes`]: super::TokenLimits::max_bytes
//! [`TokenLimits::max_depth`]: super::TokenLimits::max_depth
//! [`TokenLimits::max_list_entries`]: super::TokenLimits::max_list_entries
//! [`TokenType::Jwt`]: super::TokenType::Jwt
//!
#![doc = include_str!("checks.md")]
//!
#![doc = include_str!("key_set/checks.md")]
