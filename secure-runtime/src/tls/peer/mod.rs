//! What TLS proved about a client.

mod common_name;
mod dns;
mod leaf;
mod name;
mod spiffe;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::pki_types::CertificateDer;

pub use common_name::CommonName;
pub use dns::DnsName;
use leaf::Leaf;
pub(crate) use leaf::{Unnamed, UnreadableCertificate};
pub use name::{NotPeerName, PeerName};
pub use spiffe::SpiffeId;
pub(crate) use spiffe::{SCHEME, is_trust_domain};

/// The certificates of a client whose handshake held. Cloning is cheap.
///
/// The leaf chains to the server's [`ClientRoots`](super::ClientRoots), and the client holds its key. What follows the
/// leaf is what the client sent along: it helped to find the root, and proves nothing by itself.
#[derive(Clone)]
pub struct PeerCertificates(Arc<Inner>);

struct Inner {
    chain: Box<[CertificateDer<'static>]>,
    leaf: Leaf,
}

impl PeerCertificates {
    /// `None` if the client presented nothing. The leaf is read here, and never again.
    pub(super) fn of(connection: &rustls::ServerConnection) -> Result<Option<Self>, UnreadableCertificate> {
        let Some(chain @ [leaf, ..]) = connection.peer_certificates() else { return Ok(None) };
        let leaf = Leaf::read(leaf)?;
        let chain = chain.iter().map(|certificate| certificate.clone().into_owned()).collect();
        Ok(Some(Self(Arc::new(Inner { chain, leaf }))))
    }

    /// Certificates that no handshake proved.
    #[cfg(test)]
    pub(crate) fn presented(chain: &[&'static [u8]]) -> Self {
        let chain = chain.iter().map(|certificate| CertificateDer::from(*certificate)).collect();
        Self(Arc::new(Inner { chain, leaf: Leaf::called(None) }))
    }

    /// A certificate with this name, which no handshake proved.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn called(name: Option<PeerName>) -> Self {
        let chain = Box::new([CertificateDer::from(b"leaf".as_slice())]);
        Self(Arc::new(Inner { chain, leaf: Leaf::called(name) }))
    }

    /// The client's own certificate, as DER.
    pub fn leaf(&self) -> &[u8] {
        &self.0.chain[0]
    }

    /// All that the client sent, leaf first, as DER.
    pub fn chain(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.0.chain.iter().map(|certificate| &**certificate)
    }

    /// The one name of the leaf, as the CA vouched for it; `None` if there is none, or none that is certain.
    ///
    /// If the subject alternative names hold a URI, it decides alone: it must be the only one, and a [`SpiffeId`]
    /// (X509-SVID, section 2). If they hold none, a DNS name decides: it must be the only one, and a [`DnsName`].
    /// Matching any of several would do for a server that is called by them, but a caller that answers to several names
    /// has several identities. More than 64 names, an extension that is there twice, and the certificate of a CA or with
    /// its key usages are no name.
    pub fn name(&self) -> Option<&PeerName> {
        self.named().ok()
    }

    pub(crate) fn named(&self) -> Result<&PeerName, Unnamed> {
        self.0.leaf.name.as_ref().map_err(|unnamed| *unnamed)
    }

    /// The subject's common name, if there are no subject alternative names at all.
    pub(crate) fn common_name(&self) -> Option<&PeerName> {
        self.0.leaf.common_name.as_ref()
    }

    /// When the leaf ceases to count. From then on the gate refuses every call of the connection, and ends those that
    /// run.
    pub fn not_after(&self) -> SystemTime {
        self.0.leaf.not_after
    }

    pub(crate) fn has_expired(&self) -> bool {
        self.not_after() <= SystemTime::now()
    }

    /// Whether it is anybody's at all: it has a name, or is of the old kind with a common name alone.
    pub(crate) fn is_somebodys(&self) -> bool {
        self.name().is_some() || self.common_name().is_some()
    }
}

impl fmt::Debug for PeerCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerCertificates({})", self.0.chain.len())
    }
}
