//! One connection: its handshake, a tonic server of its own, and its end.

use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::time::{sleep, timeout};
use tokio_stream::StreamExt;
use tonic::body::Body;
use tonic::transport::Server;
use tonic::transport::server::TcpConnectInfo;
use tower::util::MapRequestLayer;

use super::accept::HandshakeSlot;
use super::io::{Line, ServerIo};
use super::layers::App;
use super::limits::Limits;
use crate::connection::{Connection, Vouched};
use crate::tls::{Accepted, Acceptor};

/// What every connection is served with.
#[derive(Clone)]
pub(super) struct Host {
    pub(super) acceptor: Option<Acceptor>,
    pub(super) limits: Arc<Limits>,
    pub(super) app: App,
}

impl Host {
    /// Serves one connection to its end; a handshake does not outlast `shutdown`.
    pub(super) async fn serve(self, stream: TcpStream, slot: HandshakeSlot, mut shutdown: watch::Receiver<()>) {
        let _ = stream.set_nodelay(true);
        let Some(acceptor) = &self.acceptor else {
            let connection = Connection::new(&stream, None);
            return self.speak(stream, connection, slot, shutdown).await;
        };
        let accepted = tokio::select! {
            _ = shutdown.changed() => return,
            accepted = acceptor.accept(stream, self.limits.handshake_timeout) => accepted,
        };
        match accepted {
            Ok(Accepted { stream, peer }) => {
                let connection = Connection::new(stream.get_ref().0, peer);
                self.speak(stream, connection, slot, shutdown).await;
            }
            Err(error) => tracing::debug!(%error, "a handshake failed"),
        }
    }

    /// A tonic server of its own for each connection, so that each can be told to end by itself.
    async fn speak<S>(self, stream: S, connection: Connection, slot: HandshakeSlot, shutdown: watch::Receiver<()>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (io, line) = ServerIo::new(stream, connection);
        let (ending, ended) = oneshot::channel();
        // A stream that ended would end its connection, too.
        let incoming = tokio_stream::once(Ok::<_, Infallible>(io)).chain(tokio_stream::pending());
        let end = async { _ = ended.await };
        let served = http2(&self.limits)
            .layer(MapRequestLayer::new(with_remote_addr))
            .serve_with_incoming_shutdown(self.app, incoming, end);
        let (served, ()) = tokio::join!(served, oversee(line, ending, slot, shutdown, &self.limits));
        if let Err(error) = served {
            tracing::debug!(%error, "a connection ended with an error");
        }
    }
}

/// Sees a connection from its first byte to its last: dropping `ending` asks the client to go, dropping `line` cuts it.
async fn oversee(
    mut line: Line,
    ending: oneshot::Sender<Infallible>,
    slot: HandshakeSlot,
    mut shutdown: watch::Receiver<()>,
    limits: &Limits,
) {
    tokio::select! {
        opened = line.opened(limits.handshake_timeout) => match opened {
            Some(()) => drop(slot),
            None => return,
        },
        // hyper asks nobody to go who has not spoken HTTP/2 yet.
        _ = shutdown.changed() => return,
    }
    tokio::select! {
        () = line.closed() => return,
        () = sleep(with_jitter(limits.max_connection_age)) => {}
        _ = shutdown.changed() => {}
    }
    drop(ending);
    _ = timeout(limits.drain_timeout, line.closed()).await;
}

fn http2(limits: &Limits) -> Server {
    Server::builder()
        .http2_keepalive_interval(Some(limits.keepalive_interval))
        .http2_keepalive_timeout(Some(limits.keepalive_timeout))
        .http2_max_header_list_size(limits.max_header_list_size)
        .http2_max_local_error_reset_streams(Some(limits.max_local_error_resets))
        .http2_max_pending_accept_reset_streams(Some(limits.max_pending_resets))
        .max_concurrent_streams(limits.max_concurrent_streams)
}

/// `tonic::Request::remote_addr` reads its own type.
fn with_remote_addr(mut request: Request<Body>) -> Request<Body> {
    let connection = Vouched::connection(request.extensions());
    let local_addr = connection.and_then(Connection::local_addr);
    let remote_addr = connection.and_then(Connection::remote_addr);
    request.extensions_mut().insert(TcpConnectInfo { local_addr, remote_addr });
    request
}

/// A tenth more or less, so that clients that came together do not come back together.
fn with_jitter(age: Duration) -> Duration {
    let random = RandomState::new().hash_one(()) % 1_000;
    age.mul_f64(0.9 + 0.000_2 * random as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_differ_by_a_tenth_at_most() {
        let ages: Vec<_> = (0..100).map(|_| with_jitter(Duration::from_secs(100)).as_millis()).collect();
        assert!(ages.iter().all(|age| (90_000..=110_000).contains(age)), "{ages:?}");
        assert!(ages.iter().any(|age| *age != ages[0]), "{ages:?}");
    }
}
