//! The settings of an introspection. Each has a strict default.

use std::sync::Arc;

use super::single_flight::SingleFlight;
use crate::authn::jwt::{Lifetime, TokenLimits};

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) accepts_jwts: bool,
    pub(super) audience_may_be_missing: bool,
    pub(super) lifetime: Lifetime,
    pub(super) limits: TokenLimits,
    pub(super) max_cache_bytes: usize,
    pub(super) max_requests: usize,
    pub(super) prefix: Arc<str>,
    pub(super) token_type_may_be_missing: bool,
}

impl Settings {
    pub(super) fn single_flight(&self) -> SingleFlight {
        SingleFlight::new(self.max_cache_bytes, self.max_requests)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            accepts_jwts: false,
            audience_may_be_missing: false,
            lifetime: Lifetime::default(),
            limits: TokenLimits::default(),
            max_cache_bytes: 64 * 1024 * 1024,
            max_requests: 64,
            prefix: "".into(),
            token_type_may_be_missing: false,
        }
    }
}
