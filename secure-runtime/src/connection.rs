//! What is known about the connection that a request came on.

use std::net::SocketAddr;
use std::time::SystemTime;

use http::Extensions;
use tokio::net::TcpStream;

use crate::tls::PeerCertificates;

/// The connection a request came on, for [authenticators](crate::Authenticator) to see. Only this crate's server makes
/// one.
#[derive(Clone, Debug)]
pub struct Connection {
    remote: Option<SocketAddr>,
    local: Option<SocketAddr>,
    peer: Option<PeerCertificates>,
}

impl Connection {
    pub(crate) fn new(stream: &TcpStream, peer: Option<PeerCertificates>) -> Self {
        Self { remote: stream.peer_addr().ok(), local: stream.local_addr().ok(), peer }
    }

    /// One that leads nowhere, and whose client presented no certificate.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) const fn nowhere() -> Self {
        Self { remote: None, local: None, peer: None }
    }

    /// The address of the other side.
    pub fn remote_addr(&self) -> Option<SocketAddr> {
        self.remote
    }

    /// The address of this side.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.local
    }

    /// The certificates of the client; `None` if it presented none, or none was asked for.
    pub fn peer_certificates(&self) -> Option<&PeerCertificates> {
        self.peer.as_ref()
    }

    /// When it ceases to vouch for calls: with the client's certificate.
    pub(crate) fn expiry(&self) -> Option<SystemTime> {
        self.peer.as_ref().map(PeerCertificates::not_after)
    }

    pub(crate) fn has_expired(&self) -> bool {
        self.peer.as_ref().is_some_and(PeerCertificates::has_expired)
    }
}

/// What stands in the extensions of a request: the word of this crate's server that it came on this connection. Nobody
/// else can name the type, so nobody puts one there; the gate takes credentials only where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Vouched(pub(crate) Connection);

impl Vouched {
    pub(crate) fn connection(extensions: &Extensions) -> Option<&Connection> {
        extensions.get::<Self>().map(|Self(connection)| connection)
    }
}
