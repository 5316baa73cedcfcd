//! TCP, TLS and ALPN: what lies under a channel.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::ConnectError;
use super::target::Target;
use crate::tls::{ALPN, ClientTls};

/// Opens connections to the one server of a channel, and to no other.
#[derive(Clone)]
pub(super) struct Dialer {
    target: Arc<Target>,
    connector: TlsConnector,
    within: Duration,
}

impl Dialer {
    pub(super) fn new(target: Target, tls: &ClientTls) -> Result<Self, ConnectError> {
        let connector = TlsConnector::from(tls.config()?);
        Ok(Self { target: Arc::new(target), connector, within: tls.within() })
    }

    /// A connection to a server that proved its name and will speak HTTP/2.
    pub(super) async fn dial(&self) -> Result<TlsStream<TcpStream>, ConnectError> {
        let address = || self.target.to_string();
        let tcp = TcpStream::connect(self.target.host_and_port())
            .await
            .map_err(|error| ConnectError::tcp(address(), error))?;
        let _ = tcp.set_nodelay(true);
        let tls = self.connector.connect(self.target.name(), tcp).await.map_err(|error| self.failure(error))?;
        // rustls lets a server pass that chooses no protocol at all.
        match tls.get_ref().1.alpn_protocol() {
            Some(ALPN) => Ok(tls),
            _ => Err(ConnectError::NotHttp2 { address: address() }),
        }
    }

    /// Gives `connecting` the time that all its steps have together.
    pub(super) async fn in_time<T>(
        &self,
        connecting: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        match timeout(self.within, connecting).await {
            Ok(connected) => connected,
            Err(_) => Err(ConnectError::Timeout { address: self.target.to_string(), within: self.within }),
        }
    }

    /// What an error on a connection to the server means.
    pub(super) fn failure(&self, error: std::io::Error) -> ConnectError {
        ConnectError::tls(self.target.to_string(), error)
    }
}
