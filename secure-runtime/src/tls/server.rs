//! The TLS settings of a server.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use webpki::KeyUsage;

use super::own::OwnCertificate;
use super::{ALPN, ClientRoots, TlsError, Versions, provider};

/// The TLS settings of a server: its certificate, and what it asks of clients.
///
/// Only a decision on client certificates turns what is loaded into what [`Server::new`](crate::Server::new) takes:
///
/// ```no_run
/// # use secure_runtime::{Server, ServerTls};
/// # fn main() -> Result<(), secure_runtime::tls::TlsError> {
/// let server = Server::new(ServerTls::from_pem_dir("/etc/tls")?.without_client_certificates());
/// # Ok(())
/// # }
/// ```
///
/// Without one it does not compile:
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
    own: OwnCertificate,
    versions: Versions,
    clients: Clients,
}

/// Nobody said yet whether clients present certificates.
#[derive(Clone, Debug)]
pub struct ClientCertificatesUndecided(());

/// What a server does about client certificates.
#[derive(Clone, Debug)]
pub struct ClientCertificates(Policy);

#[derive(Clone, Debug)]
enum Policy {
    Allow(ClientRoots),
    Ignore,
    Require(ClientRoots),
}

impl ServerTls<ClientCertificatesUndecided> {
    /// Loads `tls.crt` (the chain, leaf first) and `tls.key`, as the kubelet and cert-manager name them.
    ///
    /// # Errors
    ///
    /// A file cannot be read; there is no certificate, or not exactly one key; they do not belong together; the leaf
    /// has expired, is not valid yet, is a CA's, or is not for servers.
    pub fn from_pem_dir(directory: impl AsRef<Path>) -> Result<Self, TlsError> {
        OwnCertificate::from_pem_dir(directory.as_ref(), KeyUsage::server_auth()).map(Self::undecided)
    }

    /// Loads a chain, leaf first, and its key.
    ///
    /// # Errors
    ///
    /// As for [`from_pem_dir`](Self::from_pem_dir).
    pub fn from_pem_files(chain: impl AsRef<Path>, key: impl AsRef<Path>) -> Result<Self, TlsError> {
        OwnCertificate::from_pem_files(chain.as_ref(), key.as_ref(), KeyUsage::server_auth()).map(Self::undecided)
    }

    /// Takes a chain, leaf first, and its key.
    ///
    /// # Errors
    ///
    /// As for [`from_pem_dir`](Self::from_pem_dir).
    pub fn from_pem(chain: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Result<Self, TlsError> {
        OwnCertificate::from_pem(chain.as_ref(), key.as_ref(), KeyUsage::server_auth()).map(Self::undecided)
    }

    /// Verifies the certificate of a client that presents one, and takes clients that do not. One that does not verify
    /// is no connection.
    pub fn allow_client_certificates(self, roots: ClientRoots) -> ServerTls {
        self.decided(Policy::Allow(roots))
    }

    /// Refuses the connection of a client without a certificate that chains to `roots`.
    pub fn require_client_certificates(self, roots: ClientRoots) -> ServerTls {
        self.decided(Policy::Require(roots))
    }

    /// Asks clients for no certificate: only tokens tell who calls.
    pub fn without_client_certificates(self) -> ServerTls {
        self.decided(Policy::Ignore)
    }

    fn undecided(own: OwnCertificate) -> Self {
        Self { own, versions: Versions::Tls13, clients: ClientCertificatesUndecided(()) }
    }

    fn decided(self, policy: Policy) -> ServerTls {
        ServerTls { own: self.own, versions: self.versions, clients: ClientCertificates(policy) }
    }
}

impl<Clients> ServerTls<Clients> {
    /// Takes TLS 1.2 too, for clients that have nothing newer. TLS 1.3 alone unless asked.
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
            .with_cert_resolver(self.own.resolver());
        config.alpn_protocols = vec![ALPN.to_vec()];
        // Early data can be replayed (RFC 8446, section 8).
        config.max_early_data_size = 0;
        // A resumed session vouches for the certificate of an earlier one, which may have expired or lost its root.
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

/// Without the key.
impl<Clients: fmt::Debug> fmt::Debug for ServerTls<Clients> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { own: _, versions, clients } = self;
        f.debug_struct("ServerTls").field("versions", versions).field("clients", clients).finish_non_exhaustive()
    }
}
