//! A listener for health probes.

use std::future::Future;

use tokio::net::TcpListener;
use tonic_health::pb::health_server::{Health, HealthServer};

use super::{Limits, ServeError, Server, Transport};
use crate::gate::Public;

/// Serves health checks in plaintext, and nothing else, until `signal` resolves.
///
/// The kubelet's gRPC probe speaks no TLS, so it needs a port of its own. Whoever reaches this port learns whether the
/// server is healthy, and can call nothing else: every other path is UNIMPLEMENTED. At most 100 connections are open.
/// A probe that speaks TLS needs no such port: add [`Public::health`] to the server itself.
///
/// ```no_run
/// # use secure_runtime::{Public, Server, ServerTls};
/// # use secure_runtime::server::{serve_health_in_plaintext, shutdown_signal};
/// # use tokio::net::TcpListener;
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let (reporter, health) = tonic_health::server::health_reporter();
/// let probes = TcpListener::bind("0.0.0.0:50052").await?;
/// tokio::spawn(serve_health_in_plaintext(probes, health.clone(), shutdown_signal()));
///
/// let listener = TcpListener::bind("0.0.0.0:50051").await?;
/// Server::new(ServerTls::from_pem_dir("/etc/tls")?.without_client_certificates())
///     .add(Public::health(health))
///     .serve_with_shutdown(listener, shutdown_signal())
///     .await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// As [`Server::serve_with_shutdown`]: if the process may not open as many files as the limits need.
pub async fn serve_health_in_plaintext<T: Health>(
    listener: TcpListener,
    health: HealthServer<T>,
    signal: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let limits = Limits::default().max_connections(MAX_PROBE_CONNECTIONS).max_pending_handshakes(MAX_PROBE_CONNECTIONS);
    let server = Server::new(Transport::plaintext()).limits(limits).add(Public::health(health));
    server.serve_with_shutdown(listener, signal).await
}

/// One kubelet probes a pod, and keeps no connection.
const MAX_PROBE_CONNECTIONS: usize = 100;
