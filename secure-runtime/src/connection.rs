//! The connection that a request arrived on, as this crate's server recorded it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use http::Extensions;

use crate::tls::{CertificateRefusal, PeerCertificates};
use crate::usage::Usage;

/// The connection that a request arrived on: its addresses, and the certificates of the client.
///
/// An [`Authenticator`](crate::Authenticator) finds it in its [`CallHead`](crate::CallHead). Only this crate's server
/// creates one.
#[derive(Clone, Debug)]
pub struct Connection {
    addresses: Addresses,
    peer_certificates: Option<PeerCertificates>,
}

/// The ends of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addresses {
    remote: Option<SocketAddr>,
    local: Option<SocketAddr>,
    unix_peer: Option<UnixPeer>,
}

impl Addresses {
    pub(crate) const fn new(remote: Option<SocketAddr>, local: Option<SocketAddr>) -> Self {
        Self { remote, local, unix_peer: None }
    }

    /// The process at the other end of a Unix socket, as the kernel tells.
    #[cfg(unix)]
    pub(crate) fn of_process(stream: &tokio::net::UnixStream) -> Self {
        let peer = stream.peer_cred().ok();
        let unix_peer = peer.map(|peer| UnixPeer { uid: peer.uid(), gid: peer.gid(), pid: peer.pid() });
        Self { remote: None, local: None, unix_peer }
    }

    pub(crate) const fn remote(&self) -> Option<SocketAddr> {
        self.remote
    }
}

/// The process at the other end of a Unix socket, when it connected. The kernel tells it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnixPeer {
    uid: u32,
    gid: u32,
    pid: Option<i32>,
}

impl UnixPeer {
    /// The effective user.
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// The effective group. Supplementary groups are not known.
    pub fn gid(&self) -> u32 {
        self.gid
    }

    /// The process, if the kernel tells it. It is no proof: the kernel gives the number to another process later.
    pub fn pid(&self) -> Option<i32> {
        self.pid
    }
}

impl Connection {
    pub(crate) fn new(addresses: Addresses, peer_certificates: Option<PeerCertificates>) -> Self {
        Self { addresses, peer_certificates }
    }

    /// A connection without addresses and without a client certificate.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) const fn nowhere() -> Self {
        Self { addresses: Addresses::new(None, None), peer_certificates: None }
    }

    /// The socket address of the client, or of the proxy in front of it. `None` for a Unix socket, and if the operating
    /// system does not tell.
    pub fn remote_addr(&self) -> Option<SocketAddr> {
        self.addresses.remote
    }

    /// The socket address of the server. `None` for a Unix socket, and if the operating system does not tell.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.addresses.local
    }

    /// The process at the other end of a [`UnixSocket`](crate::server::UnixSocket). `None` for other connections.
    pub fn unix_peer(&self) -> Option<&UnixPeer> {
        self.addresses.unix_peer.as_ref()
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

/// The extension, in an `Arc`, by which this crate's server records the connection of a request. The gate accepts credentials
/// only on requests that have it. The type is private, so no other code can add it.
#[derive(Debug)]
pub(crate) struct Vouched {
    pub(crate) connection: Connection,
    pub(crate) usage: Arc<Usage>,
}

impl Vouched {
    /// What the server recorded of the connection of a request.
    pub(crate) fn of(extensions: &Extensions) -> Option<&Arc<Self>> {
        extensions.get()
    }

    pub(crate) fn usage(extensions: &Extensions) -> Option<&Arc<Usage>> {
        Self::of(extensions).map(|vouched| &vouched.usage)
    }
}
