//! The signals that stop a server.

/// Resolves at SIGTERM, which Kubernetes and systemd send to stop a process, or at SIGINT (Ctrl-C).
///
/// Pass it to [`Server::serve_with_shutdown`](super::Server::serve_with_shutdown). On systems without these signals, only
/// Ctrl-C counts. If the process cannot listen for a signal, a warning says so, and the future waits for the other one.
pub async fn shutdown_signal() {
    tokio::select! {
        () = interrupted() => {}
        () = terminated() => {}
    }
}

async fn interrupted() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(%error, "this process does not stop at SIGINT");
        std::future::pending().await
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signals) => _ = signals.recv().await,
        Err(error) => {
            tracing::warn!(%error, "this process does not stop at SIGTERM");
            std::future::pending().await
        }
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
