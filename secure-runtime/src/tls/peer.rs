//! What TLS proved about a client.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;

/// The certificates of a client whose handshake held. Cloning is cheap.
///
/// The leaf chains to the server's [`ClientRoots`](super::ClientRoots), and the client holds its key. What follows the
/// leaf is what the client sent along: it helped to find the root, and proves nothing by itself.
#[derive(Clone)]
pub struct PeerCertificates(Arc<[CertificateDer<'static>]>);

impl PeerCertificates {
    /// `None` if the client presented nothing.
    pub(super) fn of(connection: &rustls::ServerConnection) -> Option<Self> {
        let presented = connection.peer_certificates().filter(|presented| !presented.is_empty())?;
        Some(Self(presented.iter().map(|certificate| certificate.clone().into_owned()).collect()))
    }

    /// Certificates that no handshake proved.
    #[cfg(test)]
    pub(crate) fn presented(chain: &[&'static [u8]]) -> Self {
        Self(chain.iter().map(|certificate| CertificateDer::from(*certificate)).collect())
    }

    /// The client's own certificate, as DER.
    pub fn leaf(&self) -> &[u8] {
        &self.0[0]
    }

    /// TEMPORARY
    pub fn name(&self) -> Option<&str> {
        None
    }

    /// All that the client sent, leaf first, as DER.
    pub fn chain(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.0.iter().map(|certificate| &**certificate)
    }
}

impl fmt::Debug for PeerCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerCertificates({})", self.0.len())
    }
}
