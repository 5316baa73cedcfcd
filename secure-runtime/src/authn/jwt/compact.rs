//! The compact form of a token (RFC 7515, section 7.1), taken apart.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::reason;
use crate::authn::Rejection;

/// The parts of a token. Nothing in them is verified yet.
pub(super) struct Compact<'a> {
    /// Header and payload as they were received and signed (RFC 7515, section 5.2).
    pub(super) signed: &'a [u8],
    pub(super) header: Vec<u8>,
    pub(super) payload: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl<'a> Compact<'a> {
    /// Takes a token of at most `max_bytes` apart.
    pub(super) fn split(token: &'a str, max_bytes: usize) -> Result<Self, Rejection> {
        if token.len() > max_bytes {
            return Err(reason::LONG);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(reason::PARTS)?;
        let (header, payload) = signed.split_once('.').ok_or(reason::PARTS)?;
        if header.is_empty() || payload.is_empty() || payload.contains('.') || signature.is_empty() {
            return Err(reason::PARTS);
        }
        let (header, payload, signature) = (decode(header)?, decode(payload)?, decode(signature)?);
        Ok(Self { signed: signed.as_bytes(), header, payload, signature })
    }
}

/// Without padding and with zero trailing bits, so that bytes have one spelling (RFC 4648, section 3.5; RFC 7515,
/// section 2).
fn decode(part: &str) -> Result<Vec<u8>, Rejection> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| reason::BASE64)
}
