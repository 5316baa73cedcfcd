//! What a client certificate calls its holder.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use super::{CommonName, DnsName, SpiffeId};

/// What a client certificate calls its holder.
///
/// ```
/// use secure_runtime::tls::PeerName;
///
/// # fn main() -> Result<(), secure_runtime::tls::NotPeerName> {
/// let cart: PeerName = "spiffe://example.org/ns/shop/sa/cart".parse()?;
/// assert!(matches!(cart, PeerName::Spiffe(id) if id.trust_domain() == "example.org"));
/// assert!("*.example.org".parse::<PeerName>().is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum PeerName {
    /// The common name of the subject. No certificate is called so unless it is asked for: see
    /// [`Mtls::common_names`](crate::authn::Mtls::common_names).
    CommonName(CommonName),
    /// The DNS name.
    Dns(DnsName),
    /// The SPIFFE ID.
    Spiffe(SpiffeId),
}

impl PeerName {
    /// The name, as it stands in the certificate.
    pub fn as_str(&self) -> &str {
        match self {
            Self::CommonName(name) => name.as_str(),
            Self::Dns(name) => name.as_str(),
            Self::Spiffe(id) => id.as_str(),
        }
    }
}

/// A SPIFFE ID if there is a colon, which no DNS name has; else a DNS name. Never a common name.
impl FromStr for PeerName {
    type Err = NotPeerName;

    fn from_str(text: &str) -> Result<Self, NotPeerName> {
        match text.contains(':') {
            true => text.parse().map(Self::Spiffe),
            false => text.parse().map(Self::Dns),
        }
    }
}

impl TryFrom<&str> for PeerName {
    type Error = NotPeerName;

    fn try_from(text: &str) -> Result<Self, NotPeerName> {
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

/// Why a text is not the name of a client.
#[derive(Clone, Copy, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NotPeerName {
    /// It is no common name.
    #[error("a common name is 1 to 64 printable ASCII characters, without blanks around them")]
    CommonName,
    /// It is no DNS name.
    #[error("a DNS name is in lower case, without wildcard and without a dot at its end")]
    Dns,
    /// It is no SPIFFE ID.
    #[error("a SPIFFE ID is `spiffe://`, a trust domain of `a-z 0-9 . _ -`, and a path of `a-z A-Z 0-9 . _ -`")]
    Spiffe,
    /// It is no trust domain.
    #[error("a trust domain is 1 to 255 characters out of `a-z 0-9 . _ -`")]
    TrustDomain,
}

debug_as_display!(NotPeerName);

impl From<Infallible> for NotPeerName {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
