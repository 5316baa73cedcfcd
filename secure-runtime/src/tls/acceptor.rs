//! The server side of the TLS handshake.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::peer::UnreadableCertificate;
use super::{ALPN_HTTP2, PeerCertificates};

/// Completes TLS handshakes on TCP connections.
#[derive(Clone)]
pub(crate) struct Acceptor(TlsAcceptor);

impl Acceptor {
    pub(crate) fn new(config: Arc<ServerConfig>) -> Self {
        Self(TlsAcceptor::from(config))
    }

    /// Completes a handshake that negotiates HTTP/2, and verifies the client certificate if the settings ask for one.
    pub(crate) async fn accept(&self, stream: TcpStream, limit: Duration) -> Result<Accepted, HandshakeError> {
        let stream = timeout(limit, self.0.accept(stream)).await??;
        let (_, connection) = stream.get_ref();
        // rustls accepts clients that do not use ALPN_HTTP2.
        if connection.alpn_protocol() != Some(ALPN_HTTP2) {
            return Err(HandshakeError::NotHttp2);
        }
        let peer = PeerCertificates::from_connection(connection)?;
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
