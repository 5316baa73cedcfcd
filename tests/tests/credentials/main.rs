//! Tokens and API keys: what they prove, and until when.

mod api_keys;
mod bound_and_delegated_tokens;
mod expiry;
mod introspection;
mod provider_discovery;
mod tokens;
