//! Trust anchors: the CA certificates that a server or a client trusts.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;

use super::expiries::Expiries;
use super::name_scope::NameScope;
use super::pem::{Pem, PemSource, Texts, files};
use super::revocation::RevocationLists;
use super::{PeerNameError, TlsError, provider};

/// The CA certificates (trust anchors) that client certificates must chain to. There is at least one.
///
/// There is no default: the CAs of a host prove names of servers, not of clients.
///
/// Files are followed while a server uses them: a CA that is gone from the file is not trusted any more, on open connections
/// too. A client whose certificate does not chain to the new roots gets UNAUTHENTICATED at its next call, and GOAWAY. Without
/// a call it gets GOAWAY within a minute. Its running calls have the
/// [drain timeout](crate::server::Limits::drain_timeout).
///
/// # Names
///
/// Roots are accepted for some names of clients only:
///
/// - By default, for all DNS names, and for no SPIFFE ID. Name constraints in the certificate of a CA do not limit
///   SPIFFE IDs (RFC 5280, section 4.2.1.10). So any CA below the roots could issue any SPIFFE ID.
/// - After [`for_trust_domain`](Self::for_trust_domain), [`for_dns_suffix`](Self::for_dns_suffix) or
///   [`for_any_dns_name`](Self::for_any_dns_name), for the names that these list, and for no others.
///
/// A handshake fails if the certificate has a name for which its roots are not accepted. A certificate without any
/// subject alternative name passes only by default, because nothing limits a common name.
///
/// Names that count for nobody are not looked at: wildcards, and the names of a certificate with two URIs or more than 64
/// names. A certificate with no other names completes the handshake, and makes no caller.
///
/// [`and`](Self::and) joins several roots, each with its names.
///
/// A server tells its clients the names of the CAs, so that they can choose a certificate. It tells none if the names take
/// more than 16 KiB together.
///
/// ```no_run
/// # use secure_runtime::ServerTls;
/// # use secure_runtime::tls::ClientRoots;
/// # fn main() -> Result<(), secure_runtime::tls::TlsError> {
/// let mesh = ClientRoots::from_pem_file("/etc/mesh/ca.crt")?.for_trust_domain("example.org")?;
/// let partners = ClientRoots::from_pem_file("/etc/partners/ca.crt")?.for_dns_suffix("partners.example.com")?;
/// let tls = ServerTls::from_pem_dir("/etc/tls")?.require_client_certificates(mesh.and(partners));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ClientRoots {
    store: Arc<RootCertStore>,
    names: NameScope,
    source: PemSource,
    revocation_lists: Option<PemSource>,
}

impl ClientRoots {
    /// Takes PEM certificates.
    ///
    /// # Errors
    ///
    /// Fails if the text is not PEM, holds no certificate, or holds one that cannot be a root. No certificate is skipped.
    pub fn from_pem(certificates: impl AsRef<[u8]>) -> Result<Self, TlsError> {
        Self::first(PemSource::memory(certificates))
    }

    /// Reads a file of PEM certificates.
    ///
    /// # Errors
    ///
    /// As for [`from_pem`](Self::from_pem), and if the file cannot be read or is longer than 1 MiB.
    pub fn from_pem_file(path: impl AsRef<Path>) -> Result<Self, TlsError> {
        Self::first(PemSource::file(path)?)
    }

    /// Refuses client certificates that PEM revocation lists (RFC 5280, section 5) name. The file is followed.
    ///
    /// The check is strict. Every issuer in a chain must have a list, and no list may be past its next update.
    /// Otherwise, the client is refused, on open connections too. Renew the file in time.
    ///
    /// Of several lists of one issuer, the newest one counts, in any order. Lists are told apart by the name of the issuer.
    /// While a CA has two keys under one name, a list of the other key refuses all clients. So give each key its own roots,
    /// with its own lists, and join them by [`and`](Self::and).
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, is not PEM, is longer than 1 MiB, or holds no list or one that cannot be used.
    pub fn revocation_lists_from_pem_file(self, path: impl AsRef<Path>) -> Result<Self, TlsError> {
        self.revocation_lists(PemSource::file(path)?)
    }

    /// As [`revocation_lists_from_pem_file`](Self::revocation_lists_from_pem_file), from memory.
    ///
    /// # Errors
    ///
    /// Fails if the text is not PEM, or holds no list or one that cannot be used.
    pub fn revocation_lists_from_pem(self, lists: impl AsRef<[u8]>) -> Result<Self, TlsError> {
        self.revocation_lists(PemSource::memory(lists))
    }

    /// Accepts these roots for the SPIFFE IDs of a trust domain, such as `example.org`.
    ///
    /// # Errors
    ///
    /// Fails if it is not a trust domain.
    pub fn for_trust_domain(mut self, name: &str) -> Result<Self, PeerNameError> {
        self.names.add_trust_domain(name)?;
        Ok(self)
    }

    /// Accepts these roots for a DNS name, such as `shop.internal`, and for all names below it.
    ///
    /// # Errors
    ///
    /// Fails if it is not a DNS name in lower case. There is no dot before it.
    pub fn for_dns_suffix(mut self, suffix: &str) -> Result<Self, PeerNameError> {
        self.names.add_dns_suffix(suffix)?;
        Ok(self)
    }

    /// Accepts these roots for all DNS names, beside the trust domains that are listed.
    #[must_use]
    pub fn for_any_dns_name(mut self) -> Self {
        self.names.add_any_dns_name();
        self
    }

    fn first(source: PemSource) -> Result<Self, TlsError> {
        let (_, texts) = files([&source]);
        let store = load(&source.pem(&mut texts.iter())?)?;
        Ok(Self { store, names: NameScope::default(), source, revocation_lists: None })
    }

    fn revocation_lists(self, lists: PemSource) -> Result<Self, TlsError> {
        let roots = Self { revocation_lists: Some(lists), ..self };
        let (_, texts) = files(roots.sources());
        roots.verifier(&mut texts.iter())?;
        Ok(roots)
    }

    /// The names for which these roots are accepted.
    pub(super) fn names(&self) -> &NameScope {
        &self.names
    }

    /// The files to follow.
    pub(super) fn sources(&self) -> impl Iterator<Item = &PemSource> {
        [&self.source].into_iter().chain(&self.revocation_lists)
    }

    /// The verifier of chains, for the contents of the files. It does not look at names.
    pub(super) fn verifier(&self, texts: &mut Texts<'_>) -> Result<ChainVerifier, TlsError> {
        let roots = load(&self.source.pem(texts)?)?;
        let mut builder = WebPkiClientVerifier::builder_with_provider(roots, provider());
        let mut list_expiries = Expiries::default();
        if let Some(lists) = &self.revocation_lists {
            let lists = RevocationLists::newest_first(lists.pem(texts)?.revocation_lists()?)?;
            list_expiries = lists.expiries;
            builder = builder.with_crls(lists.der).enforce_revocation_expiration();
        }
        Ok(ChainVerifier { chains: builder.build().map_err(TlsError::settings)?, list_expiries })
    }
}

/// Verifies chains to one set of roots.
pub(super) struct ChainVerifier {
    pub(super) chains: Arc<dyn ClientCertVerifier>,
    pub(super) list_expiries: Expiries,
}

impl fmt::Debug for ClientRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientRoots({})", self.store.len())
    }
}

/// The CA certificates (trust anchors) that server certificates must chain to. There is at least one.
///
/// A file is followed while a client uses it: when it changes, calls go to a new connection, which verifies the server
/// again.
///
/// For the CAs of the host see [`ClientTls::system_roots`](super::ClientTls::system_roots).
#[derive(Clone)]
pub struct ServerRoots {
    store: Arc<RootCertStore>,
    /// `None` for the roots of the host.
    source: Option<PemSource>,
}

impl ServerRoots {
    /// Takes PEM certificates.
    ///
    /// # Errors
    ///
    /// Fails if the text is not PEM, holds no certificate, or holds one that cannot be a root. No certificate is skipped.
    pub fn from_pem(certificates: impl AsRef<[u8]>) -> Result<Self, TlsError> {
        Self::first(PemSource::memory(certificates))
    }

    /// Reads a file of PEM certificates.
    ///
    /// # Errors
    ///
    /// As for [`from_pem`](Self::from_pem), and if the file cannot be read or is longer than 1 MiB.
    pub fn from_pem_file(path: impl AsRef<Path>) -> Result<Self, TlsError> {
        Self::first(PemSource::file(path)?)
    }

    fn first(source: PemSource) -> Result<Self, TlsError> {
        let (_, texts) = files([&source]);
        Ok(Self { store: load(&source.pem(&mut texts.iter())?)?, source: Some(source) })
    }

    /// The CA certificates that this host trusts. Unreadable ones are skipped.
    #[cfg(feature = "system-roots")]
    pub(super) fn system() -> Result<Self, TlsError> {
        let found = rustls_native_certs::load_native_certs();
        let mut store = RootCertStore::empty();
        let skipped = found.certs.into_iter().map(|root| store.add(root)).filter(Result::is_err).count();
        if skipped > 0 {
            tracing::debug!(skipped, "some CA certificates of this host cannot be read");
        }
        if store.is_empty() {
            let source = found.errors.into_iter().next().map(Into::into);
            return Err(TlsError::NoSystemRoots { source });
        }
        Ok(Self { store: Arc::new(store), source: None })
    }

    /// The file to follow, if there is one.
    pub(super) fn source(&self) -> Option<&PemSource> {
        self.source.as_ref()
    }

    /// The roots in new contents of the files.
    pub(super) fn reload(&self, texts: &mut Texts<'_>) -> Result<Arc<RootCertStore>, TlsError> {
        match &self.source {
            Some(source) => load(&source.pem(texts)?),
            None => Ok(Arc::clone(&self.store)),
        }
    }
}

impl fmt::Debug for ServerRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerRoots({})", self.store.len())
    }
}

fn load(pem: &Pem) -> Result<Arc<RootCertStore>, TlsError> {
    let mut store = RootCertStore::empty();
    for (index, root) in pem.certificates()?.into_iter().enumerate() {
        store.add(root).map_err(|source| TlsError::Root {
            file: pem.origin(),
            number: index + 1,
            source: source.into(),
        })?;
    }
    Ok(Arc::new(store))
}
