//! Accepts TCP connections, within the limits on their number.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use super::activity::Activity;
use super::handshakes::Handshake;
use super::limits::Limits;
use super::slots::{Slot, Slots};

/// A TCP listener that limits open connections and unfinished handshakes.
pub(super) struct Listener {
    listener: TcpListener,
    connections: Arc<Slots<Activity>>,
    handshakes: Arc<Slots<Handshake>>,
    backoff: Backoff,
}

/// The slots of an accepted connection.
pub(super) struct Admission {
    /// Held until the connection is closed.
    pub(super) connection: Slot<Activity>,
    /// Held until the handshake is complete.
    pub(super) handshake: Slot<Handshake>,
}

impl Listener {
    pub(super) fn new(listener: TcpListener, limits: &Limits) -> Self {
        let connections = Slots::new(limits.max_connections, limits.connections_per_address());
        let handshakes = Slots::new(limits.max_pending_handshakes, limits.max_pending_handshakes_per_address);
        Self {
            listener,
            connections: Arc::new(connections),
            handshakes: Arc::new(handshakes),
            backoff: Backoff::default(),
        }
    }

    /// Returns the next connection within the limits; closes the others. Cancel safe: dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> (TcpStream, Admission) {
        loop {
            let (stream, address) = self.accept().await;
            match self.admit(address.ip()) {
                Some(admission) => return (stream, admission),
                None => {
                    tracing::debug!("too many open connections or unfinished handshakes: a new connection is closed");
                }
            }
        }
    }

    fn admit(&self, address: IpAddr) -> Option<Admission> {
        // The handshake first: a client that is refused one must not evict a connection.
        let handshake = self.handshakes.enter(address, Handshake::new())?;
        let connection = self.connections.enter(address, Activity::new())?;
        Some(Admission { connection, handshake })
    }

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok(accepted) => {
                    self.backoff = Backoff::default();
                    return accepted;
                }
                Err(error) if concerns_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept connections");
                    tokio::time::sleep(self.backoff.next()).await;
                }
            }
        }
    }
}

/// Whether only this connection failed. Other errors, such as too few file descriptors, also affect the next one.
fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// The delay after a failed accept. It doubles with each failure in a row.
struct Backoff(Duration);

impl Backoff {
    const MAX_DELAY: Duration = Duration::from_secs(1);

    fn next(&mut self) -> Duration {
        let delay = self.0;
        self.0 = (delay * 2).min(Self::MAX_DELAY);
        delay
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self(Duration::from_millis(5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_delay_doubles_up_to_a_second() {
        let mut backoff = Backoff::default();
        let delays: Vec<_> = (0..10).map(|_| backoff.next().as_millis()).collect();
        assert_eq!(delays, [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
    }
}
