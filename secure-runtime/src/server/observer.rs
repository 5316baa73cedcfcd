//! Receives the events of connections: the audit log of the server, and metrics.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::audit::{AuditLogger, ConnectionEvent, ConnectionFailure, ConnectionLimit, HealthEvent, LimitEvent};
use crate::destructor::contain_panic;
#[cfg(feature = "otel")]
use crate::otel::{OpenConnection, Telemetry};
use crate::reporter::ConnectionObserver;
use crate::warning::RareWarning;

/// The receivers of events of connections.
#[derive(Default)]
pub(super) struct Observer {
    audit: Option<Arc<dyn AuditLogger>>,
    health: Mutex<HealthChecks>,
    #[cfg(feature = "otel")]
    pub(super) telemetry: Option<Telemetry>,
}

/// Calls of the health service that are not in an event yet.
#[derive(Default)]
struct HealthChecks {
    calls: RareWarning,
    last_client: Option<SocketAddr>,
}

impl Observer {
    pub(super) fn set_audit(&mut self, audit: impl AuditLogger) {
        self.audit = Some(Arc::new(audit));
    }

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

impl ConnectionObserver for Observer {
    fn limit_reached(&self, remote_addr: Option<SocketAddr>, limit: ConnectionLimit) {
        if let Some(audit) = &self.audit {
            audit.log_limit(&LimitEvent { remote_addr, limit });
        }
        #[cfg(feature = "otel")]
        if let Some(telemetry) = &self.telemetry {
            telemetry.limit_reached(limit);
        }
    }

    fn health_checked(&self, remote_addr: Option<SocketAddr>) {
        let Some(audit) = &self.audit else { return };
        let calls = {
            let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
            health.last_client = remote_addr;
            health.calls.event()
        };
        if let Some(calls) = calls {
            audit.log_health(&HealthEvent { remote_addr, calls });
        }
    }
}

/// Tells the calls of the health service that came after the last event of them.
impl Drop for Observer {
    fn drop(&mut self) {
        let health = self.health.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let (Some(audit), Some(calls)) = (&self.audit, health.calls.rest()) {
            contain_panic(|| audit.log_health(&HealthEvent { remote_addr: health.last_client, calls }));
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}
