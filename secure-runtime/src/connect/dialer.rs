//! TCP, TLS and ALPN: what lies under a channel.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{ConnectError, Target};
use crate::tls::{ALPN_HTTP2, ClientSettings, ClientTls};

/// Opens connections to the one server of a channel, and to no other.
#[derive(Clone)]
pub(crate) struct Dialer {
    target: Arc<Target>,
    settings: ClientSettings,
    protocol: Protocol,
    within: Duration,
}

/// What is spoken inside TLS.
#[derive(Clone, Copy)]
enum Protocol {
    #[cfg(any(feature = "jwks-https", feature = "oauth"))]
    Http1,
    Http2,
}

impl Dialer {
    pub(crate) fn new(target: Target, tls: &ClientTls) -> Result<Self, ConnectError> {
        Self::speaking(Protocol::Http2, target, tls)
    }

    /// For HTTP/1.1.
    #[cfg(any(feature = "jwks-https", feature = "oauth"))]
    pub(crate) fn http1(target: Target, tls: &ClientTls) -> Result<Self, ConnectError> {
        Self::speaking(Protocol::Http1, target, tls)
    }

    fn speaking(protocol: Protocol, target: Target, tls: &ClientTls) -> Result<Self, ConnectError> {
        Ok(Self { target: Arc::new(target), settings: tls.settings()?, protocol, within: tls.connect_time() })
    }

    /// A connection to a server that proved its name and will speak the protocol.
    pub(crate) async fn dial(&self) -> Result<TlsStream<TcpStream>, ConnectError> {
        let address = || self.target.to_string();
        let tcp = TcpStream::connect(self.target.host_and_port())
            .await
            .map_err(|error| ConnectError::tcp(address(), error))?;
        let _ = tcp.set_nodelay(true);
        let connector = TlsConnector::from(self.settings.config(self.protocol.alpn()));
        let tls = connector.connect(self.target.name(), tcp).await.map_err(|error| self.failure(error))?;
        match self.protocol.is_chosen(tls.get_ref().1.alpn_protocol()) {
            true => Ok(tls),
            false => Err(ConnectError::NotHttp2 { address: address() }),
        }
    }

    /// The revision of the TLS settings that the next connection will use.
    pub(crate) fn revision(&self) -> u64 {
        self.settings.revision()
    }

    /// Gives `connecting` the time that all its steps have together.
    pub(crate) async fn in_time<T>(
        &self,
        connecting: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        match timeout(self.within, connecting).await {
            Ok(connected) => connected,
            Err(_) => Err(ConnectError::Timeout { address: self.target.to_string(), within: self.within }),
        }
    }

    /// What an error on a connection to the server means.
    pub(crate) fn failure(&self, error: std::io::Error) -> ConnectError {
        ConnectError::tls(self.target.to_string(), error)
    }
}

impl Protocol {
    /// The name in ALPN (RFC 7301, section 6).
    fn alpn(self) -> &'static [u8] {
        match self {
            #[cfg(any(feature = "jwks-https", feature = "oauth"))]
            Self::Http1 => b"http/1.1",
            Self::Http2 => ALPN_HTTP2,
        }
    }

    /// rustls lets a server pass that chooses no protocol at all, which is what servers of HTTP/1.1 may do.
    fn is_chosen(self, chosen: Option<&[u8]>) -> bool {
        match self {
            #[cfg(any(feature = "jwks-https", feature = "oauth"))]
            Self::Http1 => chosen.is_none_or(|chosen| chosen == self.alpn()),
            Self::Http2 => chosen == Some(self.alpn()),
        }
    }
}
