//! The server side of the TLS handshake.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::live::Settings;
use super::peer::UnreadableCertificate;
use super::server::{ServerSettings, ServerTls};
use super::trust::Trust;
use super::{ALPN_HTTP2, PeerCertificates, TlsError};

/// Completes TLS handshakes on TCP connections, each with the newest settings.
#[derive(Clone)]
pub(crate) struct Acceptor(Settings<ServerSettings>);

impl Acceptor {
    /// Follows the files of the settings until the last clone is dropped.
    pub(crate) fn start(tls: ServerTls) -> Result<Self, TlsError> {
        tls.start().map(Self)
    }

    /// Completes a handshake that negotiates HTTP/2, and verifies the client certificate if the settings ask for one.
    pub(crate) async fn accept(&self, stream: TcpStream, limit: Duration) -> Result<Accepted, HandshakeError> {
        let revision = self.0.live().current();
        let acceptor = TlsAcceptor::from(Arc::clone(&revision.value.config));
        let stream = timeout(limit, acceptor.accept(stream)).await??;
        let (_, connection) = stream.get_ref();
        // rustls accepts clients that do not use ALPN_HTTP2.
        if connection.alpn_protocol() != Some(ALPN_HTTP2) {
            return Err(HandshakeError::NotHttp2);
        }
        let trust = Trust::new(Arc::clone(self.0.live()), &revision);
        let peer = PeerCertificates::from_connection(connection, trust)?;
        Ok(Accepted { stream, peer })
    }
}

/// A connection after its handshake.
pub(crate) struct Accepted {
    pub(crate) stream: TlsStream<TcpStream>,
    pub(crate) peer: Option<PeerCertificates>,
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
