//! Taking connections off a listener.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A listener that bounds how many of its connections are in their handshake.
pub(super) struct Listener {
    listener: TcpListener,
    handshakes: Arc<Semaphore>,
    pause: Pause,
}

/// The right to be in a handshake, until it is dropped.
pub(super) struct HandshakeSlot {
    _permit: OwnedSemaphorePermit,
}

impl Listener {
    pub(super) fn new(listener: TcpListener, max_pending_handshakes: usize) -> Self {
        let handshakes = Arc::new(Semaphore::new(max_pending_handshakes));
        Self { listener, handshakes, pause: Pause::default() }
    }

    /// The next connection that may begin its handshake. Nothing is lost if the future is dropped.
    pub(super) async fn next(&mut self) -> (TcpStream, HandshakeSlot) {
        loop {
            let stream = self.accept().await;
            match Arc::clone(&self.handshakes).try_acquire_owned() {
                Ok(permit) => return (stream, HandshakeSlot { _permit: permit }),
                Err(_) => tracing::debug!("too many handshakes at once, a connection is closed"),
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
