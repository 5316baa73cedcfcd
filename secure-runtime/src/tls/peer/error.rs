//! What is no name.

use std::convert::Infallible;

/// Why a text is not a [`PeerName`](super::PeerName).
#[derive(Clone, Copy, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerNameError {
    /// It is not a common name.
    #[error("a common name is 1 to 64 printable ASCII characters, without leading or trailing spaces")]
    CommonName,
    /// It is not a DNS name.
    #[error("a DNS name is in lower case, without a wildcard and without a dot at its end")]
    Dns,
    /// It is not a SPIFFE ID.
    #[error("a SPIFFE ID is `spiffe://`, a trust domain of `a-z 0-9 . _ -`, and a path of `a-z A-Z 0-9 . _ -`")]
    Spiffe,
    /// It is not a trust domain.
    #[error("a trust domain is 1 to 255 characters of `a-z 0-9 . _ -`")]
    TrustDomain,
}

debug_as_display!(PeerNameError);

impl From<Infallible> for PeerNameError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
