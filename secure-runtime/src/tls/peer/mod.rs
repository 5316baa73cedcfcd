//! Peer certificates: what TLS proved about a client.

mod dns;
mod error;
mod leaf;
mod name;
mod nameless;
mod names;
mod spiffe;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::pki_types::CertificateDer;
use tokio::time::timeout;

pub use dns::DnsName;
pub use error::PeerNameError;
pub(super) use leaf::Leaf;
pub(crate) use leaf::UnreadableCertificate;
pub use name::{CommonName, PeerName};
pub(crate) use nameless::NamelessReason;
pub use spiffe::SpiffeId;
pub(crate) use spiffe::{SPIFFE_SCHEME, is_trust_domain};

use super::trust::{CertificateRefusal, Trust};

/// The verified certificates of a client. Cloning is cheap.
///
/// The leaf chains to the server's [`ClientRoots`](super::ClientRoots), and the client proved that it has the private key.
/// The other certificates of the chain are what the client sent to complete the path. They prove nothing by themselves.
#[derive(Clone)]
pub struct PeerCertificates(Arc<Inner>);

struct Inner {
    chain: Box<[CertificateDer<'static>]>,
    leaf: Leaf,
    /// `None` in tests, where no server verified the chain.
    trust: Option<Trust>,
}

impl PeerCertificates {
    /// `None` if the client presented no certificate. Parses the leaf once for all requests of the connection.
    pub(super) fn from_connection(
        connection: &rustls::ServerConnection,
        trust: impl FnOnce(&[CertificateDer<'_>]) -> Trust,
    ) -> Result<Option<Self>, UnreadableCertificate> {
        let Some(chain @ [leaf, ..]) = connection.peer_certificates() else { return Ok(None) };
        let (leaf, trust) = (Leaf::read(leaf)?, trust(chain));
        let chain = chain.iter().map(|certificate| certificate.clone().into_owned()).collect();
        Ok(Some(Self(Arc::new(Inner { chain, leaf, trust: Some(trust) }))))
    }

    /// Certificates without a name, for tests. No handshake verified them.
    #[cfg(test)]
    pub(crate) fn unverified_chain(chain: &[&'static [u8]]) -> Self {
        let chain = chain.iter().map(|certificate| CertificateDer::from(*certificate)).collect();
        Self(Arc::new(Inner { chain, leaf: Leaf::with_names([]), trust: None }))
    }

    /// A certificate with these names, for tests. No handshake verified it.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn unverified(names: impl IntoIterator<Item = PeerName>) -> Self {
        let chain = Box::new([CertificateDer::from(b"leaf".as_slice())]);
        Self(Arc::new(Inner { chain, leaf: Leaf::with_names(names), trust: None }))
    }

    /// A chain that a server trusts, for tests.
    #[cfg(test)]
    pub(in crate::tls) fn trusted(chain: &[CertificateDer<'static>], trust: Trust) -> Self {
        Self(Arc::new(Inner { chain: chain.into(), leaf: Leaf::with_names([]), trust: Some(trust) }))
    }

    /// The certificate of the client itself, as DER.
    pub fn leaf(&self) -> &[u8] {
        &self.0.chain[0]
    }

    /// All certificates that the client sent, leaf first, as DER.
    pub fn chain(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.0.chain.iter().map(|certificate| &**certificate)
    }

    /// The name of the client: `None` if the leaf has no name that counts, or several.
    ///
    /// A caller with several names would have several identities, so it is no caller by itself: see
    /// [`Mtls::choose_dns_name`](crate::authn::Mtls::choose_dns_name). [`names`](Self::names) has all of them.
    pub fn name(&self) -> Option<&PeerName> {
        self.name_or_reason().ok()
    }

    /// The names of the client that count. A rule's `peers` admit it if they have one of them.
    ///
    /// 1. If the subject alternative names contain URIs, there must be one URI, and it must be a [`SpiffeId`] (X509-SVID,
    ///    section 2). It is the only name: DNS names beside it do not count.
    /// 2. Otherwise, each DNS name counts that is a [`DnsName`].
    ///
    /// A common name is not among them. A leaf has no names if it has more than 64 subject alternative names, an
    /// extension twice, or the CA flag. The same applies if its key may sign certificates or revocation lists.
    pub fn names(&self) -> &[PeerName] {
        self.0.leaf.names.as_ref().map_or(&[], |names| names.all())
    }

    pub(crate) fn name_or_reason(&self) -> Result<&PeerName, NamelessReason> {
        self.0.leaf.names.as_ref().map_err(|reason| *reason)?.only()
    }

    /// The common name of the subject, if the leaf has no subject alternative names.
    pub(crate) fn common_name(&self) -> Option<&PeerName> {
        self.0.leaf.common_name.as_ref()
    }

    /// When the leaf expires. From then on the gate refuses new calls on the connection and ends the running ones.
    pub fn not_after(&self) -> SystemTime {
        self.0.leaf.not_after
    }

    pub(crate) fn has_expired(&self) -> bool {
        self.not_after() <= SystemTime::now()
    }

    /// Why the certificate does not count any more, if so. Then the server ends the connection.
    pub(crate) fn refusal(&self) -> Option<CertificateRefusal> {
        let (trust, now) = (self.0.trust.as_ref(), SystemTime::now());
        if self.not_after() <= now {
            trust.inspect(|trust| trust.end());
            return Some(CertificateRefusal::Expired);
        }
        let is_trusted = trust.is_none_or(|trust| trust.covers(&self.0.chain, now));
        (!is_trusted).then_some(CertificateRefusal::Untrusted)
    }

    /// Waits until the certificate does not count any more: until a call or a look at the clock finds that.
    pub(crate) async fn refused(&self) {
        let Some(trust) = &self.0.trust else { return std::future::pending().await };
        while self.refusal().is_none() {
            _ = timeout(trust.time_to_next_check(), trust.ended()).await;
        }
    }
}

impl fmt::Debug for PeerCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerCertificates({})", self.0.chain.len())
    }
}
