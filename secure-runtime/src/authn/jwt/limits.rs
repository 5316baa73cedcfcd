//! The sizes of tokens.

use crate::authn::BearerToken;
use crate::json;

/// How large a token may be.
///
/// Risk of a higher limit: each call of a client without a valid credential costs more work and memory.
///
/// ```
/// use secure_runtime::authn::jwt::TokenLimits;
///
/// # fn main() -> Result<(), secure_runtime::authn::jwt::LimitOutOfBounds> {
/// // For tokens with several hundred groups.
/// let limits = TokenLimits::default().max_bytes(32 * 1024)?.max_list_entries(1_000)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TokenLimits {
    pub(in crate::authn) max_bytes: usize,
    pub(super) max_list_entries: usize,
    pub(in crate::authn) max_depth: usize,
}

impl Default for TokenLimits {
    fn default() -> Self {
        Self { max_bytes: BearerToken::MAX_BYTES, max_list_entries: 256, max_depth: json::DEPTH }
    }
}

impl TokenLimits {
    /// The length of a token in bytes. Default: 8,192. Maximum: 65,536.
    ///
    /// The server then accepts longer lists of headers, too
    /// ([`Authenticator::max_credential_bytes`](crate::Authenticator::max_credential_bytes)).
    ///
    /// # Errors
    ///
    /// It is 0 or above the maximum.
    pub fn max_bytes(self, max_bytes: usize) -> Result<Self, LimitOutOfBounds> {
        within("max_bytes", max_bytes, BearerToken::MAX_SETTABLE_BYTES).map(|max_bytes| Self { max_bytes, ..self })
    }

    /// The number of entries of a claim that lists roles or scopes. Default: 256. Maximum: 4,096.
    ///
    /// # Errors
    ///
    /// It is 0 or above the maximum.
    pub fn max_list_entries(self, max_list_entries: usize) -> Result<Self, LimitOutOfBounds> {
        within("max_list_entries", max_list_entries, 4_096).map(|max_list_entries| Self { max_list_entries, ..self })
    }

    /// How deep objects and arrays in claims are nested, the claims themselves included. Default: 16. Maximum: 64.
    ///
    /// # Errors
    ///
    /// It is 0 or above the maximum.
    pub fn max_depth(self, max_depth: usize) -> Result<Self, LimitOutOfBounds> {
        within("max_depth", max_depth, 64).map(|max_depth| Self { max_depth, ..self })
    }
}

pub(super) fn within(name: &'static str, value: usize, max: usize) -> Result<usize, LimitOutOfBounds> {
    if (1..=max).contains(&value) { Ok(value) } else { Err(LimitOutOfBounds { name, max }) }
}

/// A limit is 0 or above its maximum.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq, thiserror::Error)]
#[error("`{name}` must be between 1 and {max}")]
pub struct LimitOutOfBounds {
    /// The limit.
    pub name: &'static str,
    /// Its maximum.
    pub max: usize,
}

debug_as_display!(LimitOutOfBounds);
