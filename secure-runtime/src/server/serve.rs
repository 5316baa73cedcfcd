//! Accepts connections until shutdown.

use std::future::Future;
use std::pin::pin;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::accept::Listener;
use super::connection::Host;

/// Accepts connections until `signal` resolves, then waits until the open ones have ended.
pub(super) async fn serve_until(signal: impl Future<Output = ()>, listener: TcpListener, host: Host) {
    let mut listener = Listener::new(listener, &host.limits, host.observer.clone());
    let shutdown = CancellationToken::new();
    let mut connections = JoinSet::new();
    let mut signal = pin!(signal);
    loop {
        tokio::select! {
            () = &mut signal => break,
            Some(_) = connections.join_next() => {}
            (stream, admission) = listener.next() => {
                connections.spawn(host.clone().serve(stream, admission, shutdown.clone()));
            }
        }
    }
    drop(listener); // From here on the operating system refuses connections.
    shutdown.cancel();
    while connections.join_next().await.is_some() {}
}
