//! Accepts connections until shutdown.

use std::future::Future;
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::accept::{Accepting, Admissions};
use super::connection::Host;
use super::listener::Listener;

/// Accepts connections of all listeners until `signal` resolves or no listener has any more, then waits until the open ones
/// have ended.
pub(super) async fn serve_until(signal: impl Future<Output = ()>, listeners: Vec<Listener>, host: Host) {
    let (admissions, shutdown) = (Admissions::new(&host.limits), CancellationToken::new());
    let mut serving = JoinSet::new();
    for listener in listeners {
        let accepting = Accepting::new(listener, admissions.clone(), Arc::clone(&host.observer));
        serving.spawn(serve(accepting, host.clone(), shutdown.clone()));
    }
    tokio::select! {
        () = signal => {}
        () = all(&mut serving) => {}
    }
    shutdown.cancel();
    all(&mut serving).await;
}

/// Serves the connections of one listener.
async fn serve(mut accepting: Accepting, host: Host, shutdown: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = accepting.next() => match accepted {
                Some((stream, admission)) => {
                    connections.spawn(host.clone().serve(stream, admission, shutdown.clone()));
                }
                None => break,
            }
        }
    }
    drop(accepting); // From here on the operating system refuses connections.
    all(&mut connections).await;
}

async fn all(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}
