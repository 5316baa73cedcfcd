//! The TLS settings of a client.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::client::Resumption;
use webpki::KeyUsage;

use super::own::OwnCertificate;
use super::{ServerRoots, TlsError, Versions, provider};

/// The TLS settings of a client: whom it trusts, and what it presents.
#[derive(Clone)]
pub struct ClientTls {
    roots: ServerRoots,
    own: Option<ClientCertificate>,
    versions: Versions,
    connect_timeout: Duration,
}

impl ClientTls {
    /// Trusts the CAs that this host trusts.
    ///
    /// # Errors
    ///
    /// The host has none.
    pub fn system_roots() -> Result<Self, TlsError> {
        ServerRoots::system().map(Self::with_roots)
    }

    /// Trusts `roots`, and nobody else.
    pub fn with_roots(roots: ServerRoots) -> Self {
        Self { roots, own: None, versions: Versions::Tls13, connect_timeout: CONNECT_TIMEOUT }
    }

    /// Presents `certificate` to servers that ask for one.
    #[must_use]
    pub fn client_certificate(self, certificate: ClientCertificate) -> Self {
        Self { own: Some(certificate), ..self }
    }

    /// The time for TCP, TLS and the server's first answer together; 5 s unless set.
    #[must_use]
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Takes TLS 1.2 too, for servers that have nothing newer. TLS 1.3 alone unless asked.
    #[must_use]
    pub fn allow_tls12(self) -> Self {
        Self { versions: Versions::Tls12AndTls13, ..self }
    }

    pub(crate) fn within(&self) -> Duration {
        self.connect_timeout
    }

    /// For what `alpn` names (RFC 7301).
    pub(crate) fn config(&self, alpn: &[u8]) -> Result<Arc<ClientConfig>, TlsError> {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(self.versions.list())
            .map_err(TlsError::settings)?
            .with_root_certificates(self.roots.store());
        let mut config = match &self.own {
            Some(ClientCertificate(own)) => builder.with_client_cert_resolver(own.resolver()),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![alpn.to_vec()];
        // Every connection proves the server's name anew.
        config.resumption = Resumption::disabled();
        Ok(Arc::new(config))
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Without the key.
impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { roots, own, versions, connect_timeout } = self;
        f.debug_struct("ClientTls")
            .field("roots", roots)
            .field("own", own)
            .field("versions", versions)
            .field("connect_timeout", connect_timeout)
            .finish()
    }
}

/// A client's certificate chain, and its key.
#[derive(Clone)]
pub struct ClientCertificate(OwnCertificate);

impl ClientCertificate {
    /// Loads `tls.crt` (the chain, leaf first) and `tls.key`, as the kubelet and cert-manager name them.
    ///
    /// # Errors
    ///
    /// A file cannot be read; there is no certificate, or not exactly one key; they do not belong together; the leaf
    /// has expired, is not valid yet, is a CA's, or is not for clients.
    pub fn from_pem_dir(directory: impl AsRef<Path>) -> Result<Self, TlsError> {
        OwnCertificate::from_pem_dir(directory.as_ref(), KeyUsage::client_auth()).map(Self)
    }

    /// Loads a chain, leaf first, and its key.
    ///
    /// # Errors
    ///
    /// As for [`from_pem_dir`](Self::from_pem_dir).
    pub fn from_pem_files(chain: impl AsRef<Path>, key: impl AsRef<Path>) -> Result<Self, TlsError> {
        OwnCertificate::from_pem_files(chain.as_ref(), key.as_ref(), KeyUsage::client_auth()).map(Self)
    }

    /// Takes a chain, leaf first, and its key.
    ///
    /// # Errors
    ///
    /// As for [`from_pem_dir`](Self::from_pem_dir).
    pub fn from_pem(chain: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Result<Self, TlsError> {
        OwnCertificate::from_pem(chain.as_ref(), key.as_ref(), KeyUsage::client_auth()).map(Self)
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate(..)")
    }
}
