//! The TLS settings of a client.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::client::Resumption;

use super::certificate::CertificateWithKey;
use super::live::{Loaded, Settings};
use super::pem::{Texts, files};
use super::status::StatusSender;
use super::validity::Role;
use super::{ServerRoots, TlsError, TlsWatch, Versions, provider, reload_interval};
use crate::follow::REREAD_INTERVAL;
#[cfg(not(feature = "system-roots"))]
use crate::missing_feature::SystemRoots;

/// The TLS settings of a client: the CAs it trusts, and the certificate it presents.
///
/// Defaults: TLS 1.3 only, no client certificate, 5 s to connect. Sessions are not resumed: each connection verifies the
/// server certificate again. There is no setting that skips this verification.
///
/// Files are read again every 10 seconds while a channel uses the settings. Certificate, key and roots are one
/// revision. A new revision is used only if all of its parts are good. Otherwise, the last good one stays in use. After
/// a change, new calls go to a new connection, and running calls finish on the old one.
#[derive(Clone)]
pub struct ClientTls {
    roots: ServerRoots,
    certificate: Option<ClientCertificate>,
    versions: Versions,
    connect_timeout: Duration,
    reload_interval: Duration,
    status: StatusSender,
    /// The settings in use, which clones share. `None` until the first connection.
    started: Arc<Mutex<Option<ClientSettings>>>,
}

/// The settings of a client in use.
#[derive(Clone, Debug)]
pub(crate) struct ClientSettings(Settings<ClientConfig>);

impl ClientSettings {
    /// The number of the newest revision.
    pub(crate) fn revision(&self) -> u64 {
        self.0.live().newest()
    }

    /// The newest settings of rustls, for the protocol that `alpn` names (RFC 7301).
    pub(crate) fn config(&self, alpn: &[u8]) -> Arc<ClientConfig> {
        let mut config = self.0.live().current().value.clone();
        config.alpn_protocols = vec![alpn.to_vec()];
        Arc::new(config)
    }
}

impl ClientTls {
    /// Trusts the CAs that this host trusts (feature `system-roots`). `SSL_CERT_FILE` and `SSL_CERT_DIR` replace them.
    ///
    /// # Errors
    ///
    /// Fails if the host has no readable CA certificate.
    #[cfg(feature = "system-roots")]
    pub fn system_roots() -> Result<Self, TlsError> {
        ServerRoots::system().map(Self::with_roots)
    }

    #[cfg(not(feature = "system-roots"))]
    #[doc(hidden)]
    pub fn system_roots() -> Result<Self, TlsError>
    where
        for<'a> &'a (): SystemRoots,
    {
        <&() as SystemRoots>::never()
    }

    /// Trusts `roots` only. The CAs of the host do not count.
    pub fn with_roots(roots: ServerRoots) -> Self {
        Self {
            roots,
            certificate: None,
            versions: Versions::Tls13,
            connect_timeout: CONNECT_TIMEOUT,
            reload_interval: REREAD_INTERVAL,
            status: StatusSender::default(),
            started: Arc::default(),
        }
    }

    /// Presents `certificate` to servers that request one. Default: none.
    #[must_use]
    pub fn client_certificate(self, certificate: ClientCertificate) -> Self {
        Self { certificate: Some(certificate), started: Arc::default(), ..self }
    }

    /// The total time to connect: TCP, TLS, and the first bytes of the server. Default: 5 s.
    #[must_use]
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Accepts TLS 1.2 too, for servers that have no TLS 1.3. Default: TLS 1.3 only.
    #[must_use]
    pub fn allow_tls12(self) -> Self {
        Self { versions: Versions::Tls12AndTls13, started: Arc::default(), ..self }
    }

    /// How often files are read again. Default: 10 s. Minimum: 10 ms. After a failure it is 1 s at most.
    #[must_use]
    pub fn reload_interval(self, interval: Duration) -> Self {
        Self { reload_interval: reload_interval(interval), started: Arc::default(), ..self }
    }

    /// Watches the settings: which revision is in use, when its certificate expires, and why files are refused.
    pub fn watch(&self) -> TlsWatch {
        self.status.watch()
    }

    pub(crate) fn connect_time(&self) -> Duration {
        self.connect_timeout
    }

    /// The settings in use. The first call loads them, and follows their files until the last clone is dropped.
    pub(crate) fn settings(&self) -> Result<ClientSettings, TlsError> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(settings) = &*started {
            return Ok(settings.clone());
        }
        let settings = self.start()?;
        *started = Some(settings.clone());
        Ok(settings)
    }

    fn start(&self) -> Result<ClientSettings, TlsError> {
        let certificate = self.certificate.iter().flat_map(|certificate| certificate.0.sources());
        let files = files(certificate.chain(self.roots.source()));
        // Settings that held themselves would never be dropped.
        let tls = Self { started: Arc::default(), ..self.clone() };
        let load = move |contents: &[String]| tls.load(&mut contents.iter());
        Settings::start(files, self.reload_interval, &self.status, load).map(ClientSettings)
    }

    fn load(&self, texts: &mut Texts<'_>) -> Result<Loaded<ClientConfig>, TlsError> {
        let certificate = self.certificate.as_ref().map(|certificate| certificate.0.reload(texts)).transpose()?;
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(self.versions.list())
            .map_err(TlsError::settings)?
            .with_root_certificates(self.roots.reload(texts)?);
        let mut config = match &certificate {
            Some(certificate) => builder.with_client_cert_resolver(certificate.resolver()),
            None => builder.with_no_client_auth(),
        };
        // A resumed session would not verify the server certificate again.
        config.resumption = Resumption::disabled();
        Ok(Loaded { value: config, own: certificate.map(|certificate| certificate.validity()) })
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Does not print the key.
impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { roots, certificate, versions, connect_timeout, .. } = self;
        f.debug_struct("ClientTls")
            .field("roots", roots)
            .field("certificate", certificate)
            .field("versions", versions)
            .field("connect_timeout", connect_timeout)
            .finish_non_exhaustive()
    }
}

/// The certificate chain and private key of a client. `Debug` prints neither.
///
/// ```no_run
/// use secure_runtime::ClientTls;
/// use secure_runtime::tls::{ClientCertificate, ServerRoots};
///
/// # fn main() -> Result<(), secure_runtime::tls::TlsError> {
/// let tls = ClientTls::with_roots(ServerRoots::from_pem_file("/etc/tls/ca.crt")?)
///     .client_certificate(ClientCertificate::from_pem_dir("/etc/tls")?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ClientCertificate(CertificateWithKey);

impl ClientCertificate {
    /// Reads `tls.crt` (the chain, leaf first) and `tls.key`, the file names of Kubernetes secrets and cert-manager.
    ///
    /// # Errors
    ///
    /// Fails if:
    ///
    /// - a file cannot be read, or is longer than 1 MiB;
    /// - there is no certificate, or not exactly one key;
    /// - the key is not that of the leaf;
    /// - the leaf has expired, is not valid yet, is a CA certificate, or is not for clients.
    pub fn from_pem_dir(directory: impl AsRef<Path>) -> Result<Self, TlsError> {
        CertificateWithKey::from_pem_dir(directory.as_ref(), Role::Client).map(Self)
    }

    /// Reads a PEM file with the chain, leaf first, and one with the key.
    ///
    /// # Errors
    ///
    /// As for [`from_pem_dir`](Self::from_pem_dir).
    pub fn from_pem_files(chain: impl AsRef<Path>, key: impl AsRef<Path>) -> Result<Self, TlsError> {
        CertificateWithKey::from_pem_files(chain.as_ref(), key.as_ref(), Role::Client).map(Self)
    }

    /// Takes the chain, leaf first, and the key as PEM. They are never replaced.
    ///
    /// # Errors
    ///
    /// As for [`from_pem_dir`](Self::from_pem_dir).
    pub fn from_pem(chain: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Result<Self, TlsError> {
        CertificateWithKey::from_pem(chain.as_ref(), key.as_ref(), Role::Client).map(Self)
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate(..)")
    }
}
