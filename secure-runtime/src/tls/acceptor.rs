//! The server's side of a handshake.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::peer::UnreadableCertificate;
use super::{ALPN, PeerCertificates};

/// Makes TLS connections of TCP connections.
#[derive(Clone)]
pub(crate) struct Acceptor(TlsAcceptor);

impl Acceptor {
    pub(crate) fn new(config: Arc<ServerConfig>) -> Self {
        Self(TlsAcceptor::from(config))
    }

    /// A connection whose client was verified as far as it was asked to be, and that will speak HTTP/2.
    pub(crate) async fn accept(&self, stream: TcpStream, within: Duration) -> Result<Accepted, HandshakeError> {
        let stream = timeout(within, self.0.accept(stream)).await??;
        let (_, connection) = stream.get_ref();
        // rustls lets a client pass that names no protocol at all.
        if connection.alpn_protocol() != Some(ALPN) {
            return Err(HandshakeError::NotHttp2);
        }
        let peer = PeerCertificates::of(connection)?;
        Ok(Accepted { stream, peer })
    }
}

/// A finished handshake.
pub(crate) struct Accepted {
    pub(crate) stream: TlsStream<TcpStream>,
    pub(crate) peer: Option<PeerCertificates>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandshakeError {
    #[error("the client did not ask for HTTP/2")]
    NotHttp2,
    #[error("{0}")]
    Tls(#[from] io::Error),
    #[error("the handshake took too long")]
    Timeout(#[from] tokio::time::error::Elapsed),
    #[error("{0}")]
    Unreadable(#[from] UnreadableCertificate),
}
