//! DNS names of client certificates.

use std::fmt;
use std::str::FromStr;

use super::error::PeerNameError;

/// A DNS name in lower case: letters, digits and hyphens in labels (RFC 5280, section 4.2.1.6; RFC 1123, section 2.1).
///
/// There is no wildcard, which names no single client, and no dot at the end. The last label has a letter or hyphen: a
/// name that ends in digits would be an IP address.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct DnsName(String);

impl DnsName {
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        str::from_utf8(bytes).ok()?.parse().ok()
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DnsName {
    type Err = PeerNameError;

    fn from_str(text: &str) -> Result<Self, PeerNameError> {
        let is_address = |last: &str| last.bytes().all(|byte| byte.is_ascii_digit());
        let is_name = text.len() <= MAX_DNS_NAME_BYTES && text.split('.').all(is_label);
        match is_name && !text.rsplit('.').next().is_some_and(is_address) {
            true => Ok(Self(text.to_owned())),
            false => Err(PeerNameError::Dns),
        }
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// RFC 1035, section 2.3.1, and RFC 1123, section 2.1.
fn is_label(label: &str) -> bool {
    let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    let is_trimmed = !label.starts_with('-') && !label.ends_with('-');
    (1..=63).contains(&label.len()) && label.bytes().all(is_allowed) && is_trimmed
}

/// RFC 1035, section 2.3.4: 255 octets on the wire are 253 characters.
const MAX_DNS_NAME_BYTES: usize = 253;
