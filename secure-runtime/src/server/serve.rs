//! Accepting connections, and one tonic server for each.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use http::Request;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_stream::StreamExt;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::server::TcpConnectInfo;
use tower::util::MapRequestLayer;

use super::builder::Transport;
use super::io::ServerIo;
use crate::connection::Connection;

/// Accepts until `signal`, then waits for the connections that are open.
pub(super) async fn until(
    signal: impl Future<Output = ()>,
    listener: TcpListener,
    transport: Transport,
    routes: Routes,
) {
    let Transport(()) = transport;
    let (shutdown, _) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut signal = pin!(signal);
    loop {
        tokio::select! {
            () = &mut signal => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, routes.clone(), shutdown.subscribe()));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    shutdown.send_replace(());
    while connections.join_next().await.is_some() {}
}

/// A tonic server of its own for each connection, so that each can be told to end by itself.
async fn connection(stream: TcpStream, routes: Routes, mut shutdown: watch::Receiver<()>) {
    let _ = stream.set_nodelay(true);
    let connection = Connection::plaintext(stream.peer_addr().ok());
    let (io, closed) = ServerIo::new(stream, connection);
    // A stream that ended would end its connection, too.
    let incoming = tokio_stream::once(Ok::<_, Infallible>(io)).chain(tokio_stream::pending());
    let end = async {
        tokio::select! {
            _ = shutdown.changed() => {}
            _ = closed => {}
        }
    };
    let served = tonic::transport::Server::builder()
        .layer(MapRequestLayer::new(with_remote_addr))
        .serve_with_incoming_shutdown(routes, incoming, end)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended with an error");
    }
}

/// `tonic::Request::remote_addr` reads its own type.
fn with_remote_addr(mut request: Request<Body>) -> Request<Body> {
    let remote_addr = request.extensions().get::<Connection>().and_then(Connection::remote_addr);
    request.extensions_mut().insert(TcpConnectInfo { local_addr: None, remote_addr });
    request
}

/// When descriptors run out, accepting fails at once, again and again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
