//! The TLS settings of a server.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use webpki::KeyUsage;

use super::certificate::CertificateWithKey;
use super::{ALPN_HTTP2, ClientRoots, TlsError, Versions, provider};

/// The TLS settings of a server: its certificate, and what it does about client certificates.
///
/// Defaults: TLS 1.3 only, no session resumption, no early data (it can be replayed; RFC 8446, section 8).
///
/// There is no default for client certificates. [`Server::new`](crate::Server::new) takes settings that decide on them:
///
/// ```no_run
/// # use secure_runtime::{Server, ServerTls};
/// # fn main() -> Result<(), secure_runtime::tls::TlsError> {
/// let server = Server::new(ServerTls::from_pem_dir("/etc/tls")?.without_client_certificates());
/// # Ok(())
/// # }
/// ```
///
/// Without that decision the program does not compile:
///
/// ```compile_fail,E0277
/// # use secure_runtime::{Server, ServerTls};
/// # fn main() -> Result<(), secure_runtime::tls::TlsError> {
/// let server = Server::new(ServerTls::from_pem_dir("/etc/tls")?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ServerTls<Clients = ClientCertificates> {
    certificate: CertificateWithKey,
    versions: Versions,
    clients: Clients,
}

/// The state of a [`ServerTls`] that has not decided on client certificates yet.
#[derive(Clone, Debug)]
pub struct ClientCertificatesUndecided(());

/// The state of a [`ServerTls`] that has decided on client certificates.
#[derive(Clone, Debug)]
pub struct ClientCertificates(Policy);

#[derive(Clone, Debug)]
enum Policy {
    Allow(ClientRoots),
    Ignore,
    Require(ClientRoots),
}

impl ServerTls<ClientCertificatesUndecided> {
    /// Reads `tls.crt` (the chain, leaf first) and `tls.key`, the file names of Kubernetes secrets and cert-manager. The
    /// files are read once.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be read, there is no certificate or not exactly one key, or the key is not that of the leaf.
    /// Fails too if the leaf has expired, is not valid yet, is a CA certificate, or is not for servers.
    pub fn from_pem_dir(directory: impl AsRef<Path>) -> Result<Self, TlsError> {
        CertificateWithKey::from_pem_dir(directory.as_ref(), KeyUsage::server_auth()).map(Self::undecided)
    }

    /// Reads a PEM file with the chain, leaf first, and one with the key.
    ///
    /// # Errors
    ///
    /// As for [`from_pem_dir`](Self::from_pem_dir).
    pub fn from_pem_files(chain: impl AsRef<Path>, key: impl AsRef<Path>) -> Result<Self, TlsError> {
        CertificateWithKey::from_pem_files(chain.as_ref(), key.as_ref(), KeyUsage::server_auth()).map(Self::undecided)
    }

    /// Takes the chain, leaf first, and the key as PEM.
    ///
    /// # Errors
    ///
    /// As for [`from_pem_dir`](Self::from_pem_dir).
    pub fn from_pem(chain: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Result<Self, TlsError> {
        CertificateWithKey::from_pem(chain.as_ref(), key.as_ref(), KeyUsage::server_auth()).map(Self::undecided)
    }

    /// Requests a client certificate, and accepts clients without one.
    ///
    /// The handshake fails if a client presents a certificate that does not chain to `roots`.
    pub fn allow_client_certificates(self, roots: ClientRoots) -> ServerTls {
        self.decided(Policy::Allow(roots))
    }

    /// Requires a client certificate that chains to `roots`. The handshake fails without one.
    pub fn require_client_certificates(self, roots: ClientRoots) -> ServerTls {
        self.decided(Policy::Require(roots))
    }

    /// Requests no client certificate. Callers can prove themselves by tokens only.
    pub fn without_client_certificates(self) -> ServerTls {
        self.decided(Policy::Ignore)
    }

    fn undecided(certificate: CertificateWithKey) -> Self {
        Self { certificate, versions: Versions::Tls13, clients: ClientCertificatesUndecided(()) }
    }

    fn decided(self, policy: Policy) -> ServerTls {
        ServerTls { certificate: self.certificate, versions: self.versions, clients: ClientCertificates(policy) }
    }
}

impl<Clients> ServerTls<Clients> {
    /// Accepts TLS 1.2 too, for clients that have no TLS 1.3. Default: TLS 1.3 only.
    #[must_use]
    pub fn allow_tls12(self) -> Self {
        Self { versions: Versions::Tls12AndTls13, ..self }
    }
}

impl ServerTls {
    pub(crate) fn config(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(self.versions.list())
            .map_err(TlsError::settings)?
            .with_client_cert_verifier(self.clients.0.verifier()?)
            .with_cert_resolver(self.certificate.resolver());
        config.alpn_protocols = vec![ALPN_HTTP2.to_vec()];
        // Early data can be replayed (RFC 8446, section 8).
        config.max_early_data_size = 0;
        // A resumed session would keep a client certificate that has expired or whose root was removed since.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }
}

impl Policy {
    fn verifier(&self) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
        let builder = |roots: &ClientRoots| WebPkiClientVerifier::builder_with_provider(roots.store(), provider());
        match self {
            Self::Allow(roots) => builder(roots).allow_unauthenticated().build().map_err(TlsError::settings),
            Self::Ignore => Ok(WebPkiClientVerifier::no_client_auth()),
            Self::Require(roots) => builder(roots).build().map_err(TlsError::settings),
        }
    }
}

/// Does not print the key.
impl<Clients: fmt::Debug> fmt::Debug for ServerTls<Clients> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { certificate: _, versions, clients } = self;
        f.debug_struct("ServerTls").field("versions", versions).field("clients", clients).finish_non_exhaustive()
    }
}
