//! Trust anchors: the CA certificates that a server or a client trusts.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::RootCertStore;

use super::TlsError;
use super::pem::Pem;

/// The CA certificates (trust anchors) that client certificates must chain to. There is at least one.
///
/// There is no default: the CAs of a host prove names of servers, not of clients.
#[derive(Clone)]
pub struct ClientRoots(Arc<RootCertStore>);

impl ClientRoots {
    /// Takes PEM certificates.
    ///
    /// # Errors
    ///
    /// Fails if the text is not PEM, holds no certificate, or holds one that cannot be a root. No certificate is skipped.
    pub fn from_pem(certificates: impl AsRef<[u8]>) -> Result<Self, TlsError> {
        load(&Pem::from_memory(certificates)).map(Self)
    }

    /// Reads a file of PEM certificates, once.
    ///
    /// # Errors
    ///
    /// As for [`from_pem`](Self::from_pem), and if the file cannot be read.
    pub fn from_pem_file(path: impl AsRef<Path>) -> Result<Self, TlsError> {
        load(&Pem::read(path)?).map(Self)
    }

    pub(super) fn store(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for ClientRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientRoots({})", self.0.len())
    }
}

/// The CA certificates (trust anchors) that server certificates must chain to. There is at least one.
///
/// For the CAs of the host see [`ClientTls::system_roots`](super::ClientTls::system_roots).
#[derive(Clone)]
pub struct ServerRoots(Arc<RootCertStore>);

impl ServerRoots {
    /// Takes PEM certificates.
    ///
    /// # Errors
    ///
    /// Fails if the text is not PEM, holds no certificate, or holds one that cannot be a root. No certificate is skipped.
    pub fn from_pem(certificates: impl AsRef<[u8]>) -> Result<Self, TlsError> {
        load(&Pem::from_memory(certificates)).map(Self)
    }

    /// Reads a file of PEM certificates, once.
    ///
    /// # Errors
    ///
    /// As for [`from_pem`](Self::from_pem), and if the file cannot be read.
    pub fn from_pem_file(path: impl AsRef<Path>) -> Result<Self, TlsError> {
        load(&Pem::read(path)?).map(Self)
    }

    /// The CA certificates that this host trusts. Unreadable ones are skipped.
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
        Ok(Self(Arc::new(store)))
    }

    pub(super) fn store(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for ServerRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerRoots({})", self.0.len())
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
