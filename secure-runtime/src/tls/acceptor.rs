//! The server side of the TLS handshake.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Once};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::live::Settings;
use super::peer::UnreadableCertificate;
use super::server::{ServerSettings, ServerTls};
use super::trust::Trust;
use super::{ALPN_HTTP1, ALPN_HTTP2, PeerCertificates, TlsError};
use crate::connection_failure::ConnectionFailure;

/// Completes TLS handshakes, each with the newest settings.
#[derive(Clone)]
pub(crate) struct Acceptor {
    settings: Settings<ServerSettings>,
    warned_of_tls12: Arc<Once>,
}

impl Acceptor {
    /// Follows the files of the settings until the last clone is dropped.
    pub(crate) fn start(tls: ServerTls) -> Result<Self, TlsError> {
        Ok(Self { settings: tls.start()?, warned_of_tls12: Arc::new(Once::new()) })
    }

    /// Completes a handshake that negotiates a protocol of the settings. Verifies the client certificate if the settings ask
    /// for one.
    pub(crate) async fn accept<S>(
        &self,
        stream: S,
        client: Option<SocketAddr>,
        limit: Duration,
    ) -> Result<Accepted<S>, HandshakeError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let revision = self.settings.live().current();
        let acceptor = TlsAcceptor::from(Arc::clone(&revision.value.config));
        let stream =
            timeout(limit, acceptor.accept(stream)).await?.inspect_err(|error| self.warn_of_tls12(error, client))?;
        let (_, connection) = stream.get_ref();
        let protocol = match connection.alpn_protocol() {
            Some(ALPN_HTTP2) => Protocol::Http2,
            // rustls chooses it only if the settings have it.
            Some(ALPN_HTTP1) => Protocol::Http1,
            // rustls accepts clients that do not use ALPN.
            _ => return Err(HandshakeError::NotHttp2),
        };
        let trust = |chain: &[CertificateDer<'_>]| Trust::new(Arc::clone(self.settings.live()), &revision, chain);
        let peer = PeerCertificates::from_connection(connection, trust)?;
        Ok(Accepted { stream, peer, protocol })
    }

    /// Such a client only learns that the handshake failed, so the first one is named here.
    fn warn_of_tls12(&self, error: &io::Error, client: Option<SocketAddr>) {
        if wants_older_tls(error) {
            self.warned_of_tls12.call_once_force(|_| {
                tracing::warn!(
                    remote_addr = client.map(tracing::field::display),
                    "a client offers no TLS 1.3, as Envoy does by default: configure it, or use `allow_tls12`"
                );
            });
        }
    }
}

/// Whether the client offered TLS 1.2 or older, and the settings want TLS 1.3.
fn wants_older_tls(error: &io::Error) -> bool {
    use rustls::PeerIncompatible::{SupportedVersionsExtensionRequired, Tls12NotOfferedOrEnabled};
    let error = error.get_ref().and_then(|error| error.downcast_ref());
    matches!(
        error,
        Some(rustls::Error::PeerIncompatible(SupportedVersionsExtensionRequired | Tls12NotOfferedOrEnabled))
    )
}

impl HandshakeError {
    /// The failure as audit log and metrics name it.
    pub(crate) fn failure(&self) -> ConnectionFailure {
        match self {
            Self::NotHttp2 => ConnectionFailure::NoHttp2,
            Self::Timeout(_) => ConnectionFailure::HandshakeTimeout,
            Self::Unreadable(_) => ConnectionFailure::ClientCertificateUnreadable,
            Self::Tls(error) => match error.get_ref().and_then(|error| error.downcast_ref()) {
                Some(rustls::Error::NoApplicationProtocol) => ConnectionFailure::NoHttp2,
                Some(rustls::Error::NoCertificatesPresented) => ConnectionFailure::NoClientCertificate,
                Some(rustls::Error::InvalidCertificate(_) | rustls::Error::InvalidCertRevocationList(_)) => {
                    ConnectionFailure::ClientCertificateRefused
                }
                Some(rustls::Error::PeerIncompatible(_)) => ConnectionFailure::TlsIncompatible,
                Some(_) => ConnectionFailure::TlsError,
                None => ConnectionFailure::ClosedByClient,
            },
        }
    }
}

/// A connection after its handshake.
pub(crate) struct Accepted<S> {
    pub(crate) stream: TlsStream<S>,
    pub(crate) peer: Option<PeerCertificates>,
    pub(crate) protocol: Protocol,
}

/// What a connection speaks after its handshake.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// Why a handshake failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandshakeError {
    #[error("the client did not offer HTTP/2 in ALPN")]
    NotHttp2,
    #[error("{0}")]
    Tls(#[from] io::Error),
    #[error("the handshake took too long")]
    Timeout(#[from] tokio::time::error::Elapsed),
    #[error("{0}")]
    Unreadable(#[from] UnreadableCertificate),
}
