//! Who hears of connections: the log of connections that fail, and metrics.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::audit::{AuditLogger, ConnectionEvent, ConnectionFailure};
#[cfg(feature = "otel")]
use crate::otel::{OpenConnection, Telemetry};

/// Who hears of connections.
#[derive(Clone, Default)]
pub(super) struct Observer {
    pub(super) audit: Option<Arc<dyn AuditLogger>>,
    #[cfg(feature = "otel")]
    pub(super) telemetry: Option<Telemetry>,
}

impl Observer {
    /// The connection was closed before there was a call on it.
    pub(super) fn failed(&self, remote_addr: Option<SocketAddr>, failure: ConnectionFailure) {
        if let Some(audit) = &self.audit {
            audit.log_connection(&ConnectionEvent { remote_addr, failure });
        }
        #[cfg(feature = "otel")]
        if let Some(telemetry) = &self.telemetry {
            telemetry.handshake(Some(failure));
        }
    }

    /// The handshake of a connection is complete.
    pub(super) fn handshake_completed(&self) {
        #[cfg(feature = "otel")]
        if let Some(telemetry) = &self.telemetry {
            telemetry.handshake(None);
        }
    }

    /// Counts a connection until the value is dropped.
    #[cfg(feature = "otel")]
    pub(super) fn connected(&self) -> Option<OpenConnection> {
        self.telemetry.as_ref().map(Telemetry::connected)
    }
}
