//! The name of a client certificate.

use std::fmt;
use std::str::FromStr;

use super::error::PeerNameError;
use super::{DnsName, SpiffeId};

/// The name of a client, from its certificate.
///
/// Parsing reads a SPIFFE ID if the text has a colon, and a DNS name otherwise. It never reads a common name.
///
/// ```
/// use secure_runtime::tls::PeerName;
///
/// # fn main() -> Result<(), secure_runtime::tls::PeerNameError> {
/// let cart: PeerName = "spiffe://example.org/ns/shop/sa/cart".parse()?;
/// assert!(matches!(cart, PeerName::Spiffe(id) if id.trust_domain() == "example.org"));
/// assert!("*.example.org".parse::<PeerName>().is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum PeerName {
    /// The common name of the subject. It counts only with
    /// [`Mtls::common_names`](crate::authn::Mtls::common_names).
    CommonName(CommonName),
    /// A DNS name among the subject alternative names.
    Dns(DnsName),
    /// The only URI among the subject alternative names, which is a SPIFFE ID.
    Spiffe(SpiffeId),
}

impl PeerName {
    /// The name, byte for byte as in the certificate.
    pub fn as_str(&self) -> &str {
        match self {
            Self::CommonName(name) => name.as_str(),
            Self::Dns(name) => name.as_str(),
            Self::Spiffe(id) => id.as_str(),
        }
    }
}

/// A SPIFFE ID contains a colon, a DNS name does not.
impl FromStr for PeerName {
    type Err = PeerNameError;

    fn from_str(text: &str) -> Result<Self, PeerNameError> {
        match text.contains(':') {
            true => text.parse().map(Self::Spiffe),
            false => text.parse().map(Self::Dns),
        }
    }
}

impl TryFrom<&str> for PeerName {
    type Error = PeerNameError;

    fn try_from(text: &str) -> Result<Self, PeerNameError> {
        text.parse()
    }
}

impl From<CommonName> for PeerName {
    fn from(name: CommonName) -> Self {
        Self::CommonName(name)
    }
}

impl From<DnsName> for PeerName {
    fn from(name: DnsName) -> Self {
        Self::Dns(name)
    }
}

impl From<SpiffeId> for PeerName {
    fn from(id: SpiffeId) -> Self {
        Self::Spiffe(id)
    }
}

impl fmt::Display for PeerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The common name of a subject: 1 to 64 printable ASCII characters (RFC 5280, appendix A.1), without leading or trailing
/// spaces.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct CommonName(String);

impl CommonName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CommonName {
    type Err = PeerNameError;

    fn from_str(text: &str) -> Result<Self, PeerNameError> {
        let is_printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        match (1..=64).contains(&text.len()) && is_printable && text.trim() == text {
            true => Ok(Self(text.to_owned())),
            false => Err(PeerNameError::CommonName),
        }
    }
}

impl fmt::Display for CommonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
