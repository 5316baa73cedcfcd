//! SPIFFE IDs (SPIFFE-ID, section 2).
//!
//! They are parsed here and not by a URI library: URI normalization would make different IDs equal.

use std::fmt;
use std::str::FromStr;

use super::error::PeerNameError;

/// The SPIFFE ID of a workload: `spiffe://`, a trust domain, and a path.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct SpiffeId {
    text: String,
    /// The index at which the path starts.
    path: usize,
}

impl SpiffeId {
    /// The maximal length of an ID in bytes (SPIFFE-ID, section 2.3).
    pub const MAX_BYTES: usize = 2_048;

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        str::from_utf8(bytes).ok()?.parse().ok()
    }

    /// The whole ID, such as `spiffe://example.org/ns/shop/sa/cart`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The trust domain, such as `example.org`.
    pub fn trust_domain(&self) -> &str {
        &self.text[SPIFFE_SCHEME.len()..self.path]
    }

    /// The path, such as `/ns/shop/sa/cart`.
    pub fn path(&self) -> &str {
        &self.text[self.path..]
    }

    /// The trust domain as a URI, such as `spiffe://example.org`: the issuer of its principals.
    pub(crate) fn issuer(&self) -> &str {
        &self.text[..self.path]
    }
}

/// The path is required: a leaf certificate names a workload, not a trust domain (X509-SVID, section 3.1).
impl FromStr for SpiffeId {
    type Err = PeerNameError;

    fn from_str(text: &str) -> Result<Self, PeerNameError> {
        let rest = text.strip_prefix(SPIFFE_SCHEME).filter(|_| text.len() <= Self::MAX_BYTES);
        match rest.and_then(|rest| rest.split_once('/')) {
            Some((domain, path)) if is_trust_domain(domain) && path.split('/').all(is_segment) => {
                Ok(Self { text: text.to_owned(), path: SPIFFE_SCHEME.len() + domain.len() })
            }
            _ => Err(PeerNameError::Spiffe),
        }
    }
}

impl fmt::Display for SpiffeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// SPIFFE-ID, sections 2.1 and 2.3. A trust domain has neither userinfo nor port.
pub(crate) fn is_trust_domain(text: &str) -> bool {
    let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
    (1..=255).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// SPIFFE-ID, section 2.2.
fn is_segment(segment: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !matches!(segment, "" | "." | "..") && segment.bytes().all(is_allowed)
}

pub(crate) const SPIFFE_SCHEME: &str = "spiffe://";
