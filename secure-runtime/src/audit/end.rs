//! How an admitted call ended.

use std::time::Duration;

use super::{AuditEvent, AuditLogger, ConnectionEvent, HealthEvent, LimitEvent, NotRecorded, RequestId, TraceId};
use crate::principal::PrincipalId;

/// How an admitted call ended: the second event of the call, with the same [`RequestId`].
///
/// A log gets it if [`AuditLogger::wants_ends`] says so, for example by [`AuditLogger::ends`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CallEnded<'a> {
    /// The path of the method, or the name of the service, as in [`AuditEvent::method`].
    pub method: &'static str,
    /// The path as the client wrote it, as in [`AuditEvent::path`].
    pub path: Option<&'a str>,
    /// The principal. `None` if the call was anonymous.
    pub principal: Option<&'a PrincipalId>,
    /// The id of the call.
    pub request_id: RequestId,
    /// The trace of the call.
    pub trace_id: Option<TraceId>,
    /// The name of the gRPC status, such as `DEADLINE_EXCEEDED`. `CANCELLED` if the client left before the end.
    pub status: &'static str,
    /// From the decision to the last byte of the response.
    pub duration: Duration,
}

/// A log that takes the ends of calls too, from [`AuditLogger::ends`].
#[derive(Clone, Copy, Debug)]
pub struct WithEnds<L>(pub(super) L);

impl<L: AuditLogger> AuditLogger for WithEnds<L> {
    fn log(&self, event: &AuditEvent<'_>) {
        self.0.log(event);
    }

    fn record(&self, event: &AuditEvent<'_>) -> Result<(), NotRecorded> {
        self.0.record(event)
    }

    fn log_connection(&self, event: &ConnectionEvent) {
        self.0.log_connection(event);
    }

    fn log_limit(&self, event: &LimitEvent) {
        self.0.log_limit(event);
    }

    fn log_health(&self, event: &HealthEvent) {
        self.0.log_health(event);
    }

    fn log_end(&self, end: &CallEnded<'_>) {
        self.0.log_end(end);
    }

    fn wants_ends(&self) -> bool {
        true
    }
}
