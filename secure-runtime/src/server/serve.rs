//! Accepting connections until the end.

use std::future::Future;
use std::pin::pin;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::accept::Listener;
use super::connection::Host;

/// Accepts until `signal`, then waits for the connections that are open.
pub(super) async fn until(signal: impl Future<Output = ()>, listener: TcpListener, host: Host) {
    let mut listener = Listener::new(listener, &host.limits);
    let (shutdown, _) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut signal = pin!(signal);
    loop {
        tokio::select! {
            () = &mut signal => break,
            Some(_) = connections.join_next() => {}
            (stream, connection, handshake) = listener.next() => {
                let served = host.clone().serve(stream, handshake, shutdown.subscribe());
                connections.spawn(async move {
                    served.await;
                    drop(connection);
                });
            }
        }
    }
    drop(listener);
    shutdown.send_replace(());
    while connections.join_next().await.is_some() {}
}
