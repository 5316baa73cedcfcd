//! Tokens of an OAuth 2.0 server.

mod endpoint;
mod token_cache;
