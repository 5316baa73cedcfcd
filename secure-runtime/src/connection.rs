//! The connection that a request arrived on, as this crate's server recorded it.

use std::net::SocketAddr;
use std::time::SystemTime;

use http::Extensions;
use tokio::net::TcpStream;

use crate::tls::{CertificateRefusal, PeerCertificates};

/// The connection that a request arrived on: its addresses, and the certificates of the client.
///
/// An [`Authenticator`](crate::Authenticator) finds it in its [`CallHead`](crate::CallHead). Only this crate's server
/// creates one.
#[derive(Clone, Debug)]
pub struct Connection {
    remote_addr: Option<SocketAddr>,
    local_addr: Option<SocketAddr>,
    peer_certificates: Option<PeerCertificates>,
}

impl Connection {
    pub(crate) fn new(stream: &TcpStream, peer_certificates: Option<PeerCertificates>) -> Self {
        Self { remote_addr: stream.peer_addr().ok(), local_addr: stream.local_addr().ok(), peer_certificates }
    }

    /// A connection without addresses and without a client certificate.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) const fn nowhere() -> Self {
        Self { remote_addr: None, local_addr: None, peer_certificates: None }
    }

    /// The socket address of the client, or of the proxy in front of it. `None` if the operating system does not tell.
    pub fn remote_addr(&self) -> Option<SocketAddr> {
        self.remote_addr
    }

    /// The socket address of the server. `None` if the operating system does not tell.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.local_addr
    }

    /// The verified certificates of the client. `None` if it presented none, or the server requested none.
    pub fn peer_certificates(&self) -> Option<&PeerCertificates> {
        self.peer_certificates.as_ref()
    }

    /// When calls on this connection must end: when the client's certificate expires.
    pub(crate) fn expiry(&self) -> Option<SystemTime> {
        self.peer_certificates.as_ref().map(PeerCertificates::not_after)
    }

    /// Why the client's certificate does not count any more, if so. Every call asks.
    pub(crate) fn refusal(&self) -> Option<CertificateRefusal> {
        self.peer_certificates.as_ref().and_then(PeerCertificates::refusal)
    }
}

/// The extension by which this crate's server records the connection of a request. The gate accepts credentials only on
/// requests that have it. The type is private, so no other code can add it.
#[derive(Clone, Debug)]
pub(crate) struct Vouched(pub(crate) Connection);

impl Vouched {
    pub(crate) fn connection(extensions: &Extensions) -> Option<&Connection> {
        extensions.get::<Self>().map(|Self(connection)| connection)
    }
}
