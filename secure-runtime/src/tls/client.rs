//! The TLS settings of a client.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::client::Resumption;
use webpki::KeyUsage;

use super::certificate::CertificateWithKey;
use super::{ServerRoots, TlsError, Versions, provider};

/// The TLS settings of a client: the CAs it trusts, and the certificate it presents.
///
/// Defaults: TLS 1.3 only, no client certificate, 5 s to connect. Sessions are not resumed: each connection verifies the
/// server certificate again. There is no setting that skips this verification.
#[derive(Clone)]
pub struct ClientTls {
    roots: ServerRoots,
    certificate: Option<ClientCertificate>,
    versions: Versions,
    connect_timeout: Duration,
}

impl ClientTls {
    /// Trusts the CAs that this host trusts. `SSL_CERT_FILE` and `SSL_CERT_DIR` replace them.
    ///
    /// # Errors
    ///
    /// Fails if the host has no readable CA certificate.
    pub fn system_roots() -> Result<Self, TlsError> {
        ServerRoots::system().map(Self::with_roots)
    }

    /// Trusts `roots` only. The CAs of the host do not count.
    pub fn with_roots(roots: ServerRoots) -> Self {
        Self { roots, certificate: None, versions: Versions::Tls13, connect_timeout: CONNECT_TIMEOUT }
    }

    /// Presents `certificate` to servers that request one. Default: none.
    #[must_use]
    pub fn client_certificate(self, certificate: ClientCertificate) -> Self {
        Self { certificate: Some(certificate), ..self }
    }

    /// The total time to connect: TCP, TLS, and the first bytes of the server. Default: 5 s.
    #[must_use]
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Accepts TLS 1.2 too, for servers that have no TLS 1.3. Default: TLS 1.3 only.
    #[must_use]
    pub fn allow_tls12(self) -> Self {
        Self { versions: Versions::Tls12AndTls13, ..self }
    }

    pub(crate) fn connect_time(&self) -> Duration {
        self.connect_timeout
    }

    /// The settings of rustls for the protocol that `alpn` names (RFC 7301).
    pub(crate) fn config(&self, alpn: &[u8]) -> Result<Arc<ClientConfig>, TlsError> {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(self.versions.list())
            .map_err(TlsError::settings)?
            .with_root_certificates(self.roots.store());
        let mut config = match &self.certificate {
            Some(ClientCertificate(certificate)) => builder.with_client_cert_resolver(certificate.resolver()),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![alpn.to_vec()];
        // A resumed session would not verify the server certificate again.
        config.resumption = Resumption::disabled();
        Ok(Arc::new(config))
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Does not print the key.
impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { roots, certificate, versions, connect_timeout } = self;
        f.debug_struct("ClientTls")
            .field("roots", roots)
            .field("certificate", certificate)
            .field("versions", versions)
            .field("connect_timeout", connect_timeout)
            .finish()
    }
}

/// The certificate chain and private key of a client. `Debug` prints neither.
#[derive(Clone)]
pub struct ClientCertificate(CertificateWithKey);

impl ClientCertificate {
    /// Reads `tls.crt` (the chain, leaf first) and `tls.key`, the file names of Kubernetes secrets and cert-manager. The
    /// files are read once.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be read, there is no certificate or not exactly one key, or the key is not that of the leaf.
    /// Fails too if the leaf has expired, is not valid yet, is a CA certificate, or is not for clients.
    pub fn from_pem_dir(directory: impl AsRef<Path>) -> Result<Self, TlsError> {
        CertificateWithKey::from_pem_dir(directory.as_ref(), KeyUsage::client_auth()).map(Self)
    }

    /// Reads a PEM file with the chain, leaf first, and one with the key.
    ///
    /// # Errors
    ///
    /// As for [`from_pem_dir`](Self::from_pem_dir).
    pub fn from_pem_files(chain: impl AsRef<Path>, key: impl AsRef<Path>) -> Result<Self, TlsError> {
        CertificateWithKey::from_pem_files(chain.as_ref(), key.as_ref(), KeyUsage::client_auth()).map(Self)
    }

    /// Takes the chain, leaf first, and the key as PEM.
    ///
    /// # Errors
    ///
    /// As for [`from_pem_dir`](Self::from_pem_dir).
    pub fn from_pem(chain: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Result<Self, TlsError> {
        CertificateWithKey::from_pem(chain.as_ref(), key.as_ref(), KeyUsage::client_auth()).map(Self)
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate(..)")
    }
}
