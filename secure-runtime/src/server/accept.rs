//! Accepts connections, within the limits on their number.

use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

#[cfg(unix)]
use rustix::io::Errno;

use super::activity::Activity;
use super::handshakes::Handshake;
use super::limits::Limits;
use super::listener::Listener;
use super::observer::Observer;
use super::slots::{Slot, Slots};
use super::stream::ServerStream;
use crate::connection_failure::ConnectionFailure;
use crate::warning::RareWarning;

/// Accepts the connections of a listener that are within the limits.
pub(super) struct Accepting {
    listener: Listener,
    admissions: Admissions,
    observer: Arc<Observer>,
    backoff: Backoff,
    warning: RareWarning,
}

/// Limits open connections and unfinished handshakes, of all listeners together.
#[derive(Clone)]
pub(super) struct Admissions {
    connections: Arc<Slots<Activity>>,
    handshakes: Arc<Slots<Handshake>>,
}

/// The slots of an accepted connection.
pub(super) struct Admission {
    /// Held until the connection is closed.
    pub(super) connection: Slot<Activity>,
    /// Held until the handshake is complete.
    pub(super) handshake: Slot<Handshake>,
}

impl Admissions {
    pub(super) fn new(limits: &Limits) -> Self {
        let connections = Slots::new(limits.max_connections, limits.connections_per_address());
        let handshakes = Slots::new(limits.max_pending_handshakes, limits.max_pending_handshakes_per_address);
        Self { connections: Arc::new(connections), handshakes: Arc::new(handshakes) }
    }

    fn admit(&self, address: IpAddr) -> Result<Admission, ConnectionFailure> {
        // The handshake first: a client that is refused one must not evict a connection.
        let handshake = self.handshakes.enter(address, Handshake::new());
        let handshake = handshake.ok_or(ConnectionFailure::TooManyHandshakes)?;
        let connection = self.connections.enter(address, Activity::new());
        let connection = connection.ok_or(ConnectionFailure::TooManyConnections)?;
        Ok(Admission { connection, handshake })
    }
}

impl Accepting {
    pub(super) fn new(listener: Listener, admissions: Admissions, observer: Arc<Observer>) -> Self {
        Self { listener, admissions, observer, backoff: Backoff::default(), warning: RareWarning::new() }
    }

    /// Returns the next connection within the limits; closes the others. `None` if there will be no other. Cancel safe:
    /// dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Option<(ServerStream, Admission)> {
        loop {
            let stream = self.accept().await?;
            let address = stream.addresses().remote();
            match self.admissions.admit(address.map_or(NO_ADDRESS, |address| address.ip())) {
                Ok(admission) => return Some((stream, admission)),
                Err(failure) => {
                    self.observer.failed(address, failure);
                    tracing::debug!("too many open connections or unfinished handshakes: a new connection is closed");
                }
            }
        }
    }

    async fn accept(&mut self) -> Option<ServerStream> {
        loop {
            match self.listener.accept().await? {
                Ok(accepted) => {
                    self.backoff = Backoff::default();
                    return Some(accepted);
                }
                Err(error) if concerns_one_connection(&error) => {}
                Err(error) => {
                    self.warn(&error);
                    tokio::time::sleep(self.backoff.next()).await;
                }
            }
        }
    }

    fn warn(&mut self, error: &io::Error) {
        let Some(failures) = self.warning.event() else { return };
        match is_out_of_descriptors(error) {
            true => tracing::warn!(
                %error,
                failures,
                "cannot accept connections, and cannot open files of keys and certificates: raise the number of files that \
                 this process may open, or lower `Limits::max_connections`"
            ),
            false => tracing::warn!(%error, failures, "cannot accept connections"),
        }
    }
}

/// Clients without an address share the limits of one.
const NO_ADDRESS: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// Whether the process or the system has no file descriptor left.
fn is_out_of_descriptors(error: &io::Error) -> bool {
    #[cfg(unix)]
    return matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE));
    #[cfg(not(unix))]
    return false;
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
