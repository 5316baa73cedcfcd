//! Accepts TCP connections, within the limits on their number.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::handshakes::{HandshakeSlot, Handshakes};
use super::limits::Limits;

/// A TCP listener that limits open connections and unfinished handshakes.
pub(super) struct Listener {
    listener: TcpListener,
    connections: Arc<Semaphore>,
    handshakes: Arc<Handshakes>,
    backoff: Backoff,
}

/// Counts as one open connection until it is dropped.
pub(super) struct ConnectionSlot {
    _permit: OwnedSemaphorePermit,
}

impl Listener {
    pub(super) fn new(listener: TcpListener, limits: &Limits) -> Self {
        Self {
            listener,
            connections: Arc::new(Semaphore::new(limits.max_connections)),
            handshakes: Arc::new(Handshakes::new(limits)),
            backoff: Backoff::default(),
        }
    }

    /// Returns the next connection within the limits; closes the others. Cancel safe: dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> (TcpStream, ConnectionSlot, HandshakeSlot) {
        loop {
            let (stream, address) = self.accept().await;
            let connection = Arc::clone(&self.connections).try_acquire_owned().ok();
            let slots = connection.and_then(|permit| Some((permit, self.handshakes.enter(address.ip())?)));
            match slots {
                Some((permit, handshake)) => return (stream, ConnectionSlot { _permit: permit }, handshake),
                None => {
                    tracing::debug!("too many open connections or unfinished handshakes: a new connection is closed");
                }
            }
        }
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
