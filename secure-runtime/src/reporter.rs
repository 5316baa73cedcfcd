//! Reports events of an open connection: limits, and health checks.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::connection_limit::ConnectionLimit;

/// Receives the events of open connections.
pub(crate) trait ConnectionObserver: fmt::Debug + Send + Sync {
    /// A client reached a limit.
    fn limit_reached(&self, remote_addr: Option<SocketAddr>, limit: ConnectionLimit);

    /// A client called the public health service.
    fn health_checked(&self, remote_addr: Option<SocketAddr>);
}

/// Reports the events of one connection.
#[derive(Debug)]
pub(crate) struct Reporter {
    observer: Arc<dyn ConnectionObserver>,
    remote_addr: Option<SocketAddr>,
}

impl Reporter {
    pub(crate) fn new(observer: Arc<dyn ConnectionObserver>, remote_addr: Option<SocketAddr>) -> Self {
        Self { observer, remote_addr }
    }

    pub(crate) fn limit_reached(&self, limit: ConnectionLimit) {
        self.observer.limit_reached(self.remote_addr, limit);
    }

    pub(crate) fn health_checked(&self) {
        self.observer.health_checked(self.remote_addr);
    }
}
