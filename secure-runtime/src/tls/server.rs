//! The TLS settings of a server.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};

use super::certificate::CertificateWithKey;
use super::client_root_sets::ScopedVerifier;
use super::live::{Loaded, Settings};
use super::pem::{PemSource, Texts, files};
use super::status::StatusSender;
use super::validity::Role;
use super::{ALPN_HTTP1, ALPN_HTTP2, ClientRootSets, TlsError, TlsWatch, Versions, provider, reload_interval};
use crate::follow::REREAD_INTERVAL;

/// The TLS settings of a server: its certificate, and what it does about client certificates.
///
/// Defaults: TLS 1.3 only, no session resumption, no early data (it can be replayed; RFC 8446, section 8).
///
/// Files are read again every 10 seconds while a server uses the settings. Certificate, key, roots and revocation lists
/// are one revision. A new revision is used only if all of its parts are good. Otherwise, the last good one stays in
/// use. New connections get the newest revision. The client certificate of an older connection is verified again at its
/// next call, and within a minute. It is also verified again when an intermediate certificate or a revocation list is out of
/// date. [`watch`](Self::watch) reports the state, and the log warns when a certificate is not renewed in time.
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
    allows_http1: bool,
    clients: Clients,
    reload_interval: Duration,
    status: StatusSender,
}

/// The settings of one revision.
pub(crate) struct ServerSettings {
    pub(super) config: Arc<ServerConfig>,
    /// `None` if clients are asked for no certificate.
    pub(super) clients: Option<Arc<ScopedVerifier>>,
}

/// The state of a [`ServerTls`] that has not decided on client certificates yet.
#[derive(Clone, Debug)]
pub struct ClientCertificatesUndecided(());

/// The state of a [`ServerTls`] that has decided on client certificates.
#[derive(Clone, Debug)]
pub struct ClientCertificates(Policy);

#[derive(Clone, Debug)]
enum Policy {
    Allow(ClientRootSets),
    Ignore,
    Require(ClientRootSets),
}

impl ServerTls<ClientCertificatesUndecided> {
    /// Reads `tls.crt` (the chain, leaf first) and `tls.key`, the file names of Kubernetes secrets and cert-manager.
    ///
    /// # Errors
    ///
    /// Fails if:
    ///
    /// - a file cannot be read, or is longer than 1 MiB;
    /// - there is no certificate, or not exactly one key;
    /// - the key is not that of the leaf;
    /// - the leaf has expired, is not valid yet, is a CA certificate, has no subject alternative name, or is not for
    ///   servers.
    pub fn from_pem_dir(directory: impl AsRef<Path>) -> Result<Self, TlsError> {
        CertificateWithKey::from_pem_dir(directory.as_ref(), Role::Server).map(Self::undecided)
    }

    /// Reads a PEM file with the chain, leaf first, and one with the key.
    ///
    /// # Errors
    ///
    /// As for [`from_pem_dir`](Self::from_pem_dir).
    pub fn from_pem_files(chain: impl AsRef<Path>, key: impl AsRef<Path>) -> Result<Self, TlsError> {
        CertificateWithKey::from_pem_files(chain.as_ref(), key.as_ref(), Role::Server).map(Self::undecided)
    }

    /// Takes the chain, leaf first, and the key as PEM. They are never replaced.
    ///
    /// # Errors
    ///
    /// As for [`from_pem_dir`](Self::from_pem_dir).
    pub fn from_pem(chain: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Result<Self, TlsError> {
        CertificateWithKey::from_pem(chain.as_ref(), key.as_ref(), Role::Server).map(Self::undecided)
    }

    /// Requests a client certificate, and accepts clients without one.
    ///
    /// The handshake fails if a client presents a certificate that does not chain to `roots`, or has a name for which
    /// they are not accepted.
    pub fn allow_client_certificates(self, roots: impl Into<ClientRootSets>) -> ServerTls {
        self.decided(Policy::Allow(roots.into()))
    }

    /// Requires a client certificate that chains to `roots`, with names for which they are accepted. The handshake
    /// fails without one.
    pub fn require_client_certificates(self, roots: impl Into<ClientRootSets>) -> ServerTls {
        self.decided(Policy::Require(roots.into()))
    }

    /// Requests no client certificate. Callers can authenticate only by a credential in a header, such as a token.
    pub fn without_client_certificates(self) -> ServerTls {
        self.decided(Policy::Ignore)
    }

    fn undecided(certificate: CertificateWithKey) -> Self {
        Self {
            certificate,
            versions: Versions::Tls13,
            allows_http1: false,
            clients: ClientCertificatesUndecided(()),
            reload_interval: REREAD_INTERVAL,
            status: StatusSender::default(),
        }
    }

    fn decided(self, policy: Policy) -> ServerTls {
        let Self { certificate, versions, allows_http1, clients: _, reload_interval, status } = self;
        ServerTls { certificate, versions, allows_http1, clients: ClientCertificates(policy), reload_interval, status }
    }
}

impl<Clients> ServerTls<Clients> {
    /// Accepts TLS 1.2 too, for clients that have no TLS 1.3. Default: TLS 1.3 only.
    ///
    /// Envoy offers TLS 1.2 to its upstreams unless `tls_maximum_protocol_version` is `TLSv1_3`; grpc-java on OkHttp offers
    /// TLS 1.2 only. Without this setting, the log warns of the first client that offers no TLS 1.3.
    #[must_use]
    pub fn allow_tls12(self) -> Self {
        Self { versions: Versions::Tls12AndTls13, ..self }
    }

    /// How often files are read again. Default: 10 s. Minimum: 10 ms. After a failure it is 1 s at most.
    #[must_use]
    pub fn reload_interval(self, interval: Duration) -> Self {
        Self { reload_interval: reload_interval(interval), ..self }
    }

    /// Watches the settings: which revision is in use, when its certificate expires, and why files are refused.
    pub fn watch(&self) -> TlsWatch {
        self.status.watch()
    }
}

impl ServerTls {
    /// Also takes clients that offer HTTP/1.1 and not HTTP/2.
    pub(crate) fn allow_http1(self) -> Self {
        Self { allows_http1: true, ..self }
    }

    /// Loads the settings, and follows their files.
    pub(crate) fn start(self) -> Result<Settings<ServerSettings>, TlsError> {
        let files = files(self.certificate.sources().iter().chain(self.clients.0.sources()));
        let (interval, status) = (self.reload_interval, self.status.clone());
        Settings::start(files, interval, &status, move |contents| self.load(&mut contents.iter()))
    }

    fn load(&self, texts: &mut Texts<'_>) -> Result<Loaded<ServerSettings>, TlsError> {
        let certificate = self.certificate.reload(texts)?;
        let clients = self.clients.0.verifier(texts)?;
        let config = self.config(&certificate, clients.clone())?;
        Ok(Loaded { value: ServerSettings { config, clients }, own: Some(certificate.validity()) })
    }

    fn config(
        &self,
        certificate: &CertificateWithKey,
        clients: Option<Arc<ScopedVerifier>>,
    ) -> Result<Arc<ServerConfig>, TlsError> {
        let clients: Arc<dyn ClientCertVerifier> = match clients {
            Some(clients) => clients,
            None => WebPkiClientVerifier::no_client_auth(),
        };
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(self.versions.list())
            .map_err(TlsError::settings)?
            .with_client_cert_verifier(clients)
            .with_cert_resolver(certificate.resolver());
        let protocols = if self.allows_http1 { &[ALPN_HTTP2, ALPN_HTTP1][..] } else { &[ALPN_HTTP2] };
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        // Early data can be replayed (RFC 8446, section 8).
        config.max_early_data_size = 0;
        // A resumed session would keep a client certificate that has expired or whose root was removed since.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }
}

impl Policy {
    fn roots(&self) -> Option<&ClientRootSets> {
        match self {
            Self::Allow(roots) | Self::Require(roots) => Some(roots),
            Self::Ignore => None,
        }
    }

    fn sources(&self) -> impl Iterator<Item = &PemSource> {
        self.roots().into_iter().flat_map(ClientRootSets::sources)
    }

    fn verifier(&self, texts: &mut Texts<'_>) -> Result<Option<Arc<ScopedVerifier>>, TlsError> {
        let is_required = matches!(self, Self::Require(_));
        self.roots().map(|roots| Ok(Arc::new(roots.verifier(is_required, texts)?))).transpose()
    }
}

/// Does not print the key.
impl<Clients: fmt::Debug> fmt::Debug for ServerTls<Clients> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { versions, clients, .. } = self;
        f.debug_struct("ServerTls").field("versions", versions).field("clients", clients).finish_non_exhaustive()
    }
}
