//! What is known about the connection that a request came on.

use std::net::SocketAddr;

/// The connection a request came on. Only this crate's server makes one, so a request that carries it came through it.
///
/// The gate takes credentials only on such a request.
#[derive(Clone, Debug)]
pub struct Connection {
    remote: Option<SocketAddr>,
}

impl Connection {
    pub(crate) fn plaintext(remote: Option<SocketAddr>) -> Self {
        Self { remote }
    }

    /// The address of the other side.
    pub fn remote_addr(&self) -> Option<SocketAddr> {
        self.remote
    }
}
