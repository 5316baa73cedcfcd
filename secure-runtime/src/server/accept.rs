//! Taking connections off a listener.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::limits::Limits;

/// A listener that bounds its connections, and those in their handshake.
pub(super) struct Listener {
    listener: TcpListener,
    connections: Arc<Semaphore>,
    handshakes: Arc<Semaphore>,
    pause: Pause,
}

/// The right to be a connection, until it is dropped.
pub(super) struct ConnectionSlot {
    _permit: OwnedSemaphorePermit,
}

/// The right to be in a handshake, until it is dropped.
pub(super) struct HandshakeSlot {
    _permit: OwnedSemaphorePermit,
}

impl Listener {
    pub(super) fn new(listener: TcpListener, limits: &Limits) -> Self {
        Self {
            listener,
            connections: Arc::new(Semaphore::new(limits.max_connections)),
            handshakes: Arc::new(Semaphore::new(limits.max_pending_handshakes)),
            pause: Pause::default(),
        }
    }

    /// The next connection that may begin its handshake. Nothing is lost if the future is dropped.
    pub(super) async fn next(&mut self) -> (TcpStream, ConnectionSlot, HandshakeSlot) {
        loop {
            let stream = self.accept().await;
            let slots = Arc::clone(&self.connections).try_acquire_owned();
            let slots = slots.and_then(|slot| Ok((slot, Arc::clone(&self.handshakes).try_acquire_owned()?)));
            match slots {
                Ok((connection, handshake)) => {
                    return (stream, ConnectionSlot { _permit: connection }, HandshakeSlot { _permit: handshake });
                }
                Err(_) => tracing::debug!("too many connections or handshakes at once, one is closed"),
            }
        }
    }

    async fn accept(&mut self) -> TcpStream {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    self.pause = Pause::default();
                    return stream;
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept connections");
                    tokio::time::sleep(self.pause.next()).await;
                }
            }
        }
    }
}

/// The client went away again. Anything else, such as a lack of descriptors, will be met by the next one, too.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// How long to wait after accepting failed: longer every time.
struct Pause(Duration);

impl Pause {
    const LONGEST: Duration = Duration::from_secs(1);

    fn next(&mut self) -> Duration {
        let now = self.0;
        self.0 = (now * 2).min(Self::LONGEST);
        now
    }
}

impl Default for Pause {
    fn default() -> Self {
        Self(Duration::from_millis(5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_second() {
        let mut pause = Pause::default();
        let pauses: Vec<_> = (0..10).map(|_| pause.next().as_millis()).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
    }
}
