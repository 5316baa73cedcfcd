//! Events of connections: those that are closed early, limits that clients reach, and health checks.

use std::net::SocketAddr;

use crate::connection_failure::ConnectionFailure;
use crate::connection_limit::ConnectionLimit;

/// A connection that the server closed before there was a call on it: a failed handshake, or a limit.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ConnectionEvent {
    /// The socket address of the client. `None` if the operating system does not tell.
    pub remote_addr: Option<SocketAddr>,
    /// Why the connection was closed.
    pub failure: ConnectionFailure,
}

/// A client reached a limit on an open connection.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LimitEvent {
    /// The socket address of the client. `None` if the operating system does not tell.
    pub remote_addr: Option<SocketAddr>,
    /// The limit.
    pub limit: ConnectionLimit,
}

/// Calls of the public health service, which no gate records.
///
/// The first is an event at once. Further ones are one event in 10 seconds, and those after the last event are one when the
/// server ends. So `calls` of all events together are exact.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HealthEvent {
    /// The socket address of the last client that called. `None` if the operating system does not tell.
    pub remote_addr: Option<SocketAddr>,
    /// How many calls there were since the last event.
    pub calls: u64,
}
