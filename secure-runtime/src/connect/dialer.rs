//! Opens one TLS connection: TCP, the handshake, and the check of the protocol.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{ConnectError, Target, race};
use crate::tls::{ALPN_HTTP2, ClientSettings, ClientTls};

/// Opens TLS connections to one server.
#[derive(Clone)]
pub(crate) struct Dialer {
    target: Arc<Target>,
    settings: ClientSettings,
    protocol: Protocol,
    timeout: Duration,
    /// The only address to try. `None`: all addresses of the host.
    address: Option<SocketAddr>,
}

/// The protocol inside TLS.
#[derive(Clone, Copy)]
enum Protocol {
    #[cfg(any(feature = "introspection", feature = "jwks-https", feature = "oauth"))]
    Http1,
    Http2,
}

impl Dialer {
    pub(crate) fn new(target: Target, tls: &ClientTls) -> Result<Self, ConnectError> {
        Self::speaking(Protocol::Http2, target, tls)
    }

    /// Opens connections for HTTP/1.1.
    #[cfg(any(feature = "introspection", feature = "jwks-https", feature = "oauth"))]
    pub(crate) fn http1(target: Target, tls: &ClientTls) -> Result<Self, ConnectError> {
        Self::speaking(Protocol::Http1, target, tls)
    }

    fn speaking(protocol: Protocol, target: Target, tls: &ClientTls) -> Result<Self, ConnectError> {
        let (settings, timeout) = (tls.settings()?, tls.connect_time());
        Ok(Self { target: Arc::new(target), settings, protocol, timeout, address: None })
    }

    /// Opens connections to this address only. The server proves the same name.
    pub(crate) fn only(self, address: SocketAddr) -> Self {
        Self { address: Some(address), ..self }
    }

    /// The addresses of the host, as the resolver of this host orders them.
    pub(crate) async fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        match self.address {
            Some(address) => Ok(vec![address]),
            None => Ok(lookup_host(self.target.host_and_port()).await?.collect()),
        }
    }

    /// Connects to a server that proves its name and chooses the protocol. It tries all addresses of the host (RFC 8305).
    pub(crate) async fn dial(&self) -> Result<TlsStream<TcpStream>, ConnectError> {
        let address = || self.target.to_string();
        let tcp = async { race::connect(self.resolve().await?).await };
        let tcp = tcp.await.map_err(|error| ConnectError::socket(address(), error))?;
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

    /// Limits the time of all steps together.
    pub(crate) async fn in_time<T>(
        &self,
        connecting: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        match timeout(self.timeout, connecting).await {
            Ok(connected) => connected,
            Err(_) => Err(ConnectError::Timeout { address: self.target.to_string(), within: self.timeout }),
        }
    }

    /// Names the cause of an error on a connection to the server.
    pub(crate) fn failure(&self, error: io::Error) -> ConnectError {
        ConnectError::tls(self.target.to_string(), error)
    }
}

/// The host and port.
impl fmt::Display for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.target.fmt(f)
    }
}

impl Protocol {
    /// The name in ALPN (RFC 7301, section 6).
    fn alpn(self) -> &'static [u8] {
        match self {
            #[cfg(any(feature = "introspection", feature = "jwks-https", feature = "oauth"))]
            Self::Http1 => b"http/1.1",
            Self::Http2 => ALPN_HTTP2,
        }
    }

    /// rustls accepts a server that chooses no protocol. Only servers of HTTP/1.1 may do that.
    fn is_chosen(self, chosen: Option<&[u8]>) -> bool {
        match self {
            #[cfg(any(feature = "introspection", feature = "jwks-https", feature = "oauth"))]
            Self::Http1 => chosen.is_none_or(|chosen| chosen == self.alpn()),
            Self::Http2 => chosen == Some(self.alpn()),
        }
    }
}
