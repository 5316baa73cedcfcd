//! Decisions as `tracing` events.

use super::{AuditEvent, AuditLogger, CallEnded, ConnectionEvent, HealthEvent, LimitEvent, cut};
use crate::authz::Decision;

/// Sends each decision to [`tracing`], target `secure_runtime::audit`: admitted calls at `INFO`, refused ones at `WARN`.
///
/// A convenience: a subscriber may filter or drop events. A log that has to be complete is
/// [`JsonLines`](super::JsonLines).
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct TracingLogger;

impl TracingLogger {
    /// Creates the logger. It has no settings: the `tracing` subscriber of the program filters its events.
    pub fn new() -> Self {
        Self
    }
}

impl AuditLogger for TracingLogger {
    fn log_end(&self, end: &CallEnded<'_>) {
        tracing::info!(
            target: "secure_runtime::audit",
            method = end.method,
            path = end.path,
            issuer = end.principal.map(|principal| cut(principal.issuer())),
            subject = end.principal.map(|principal| cut(principal.subject())),
            request_id = %end.request_id,
            trace_id = end.trace_id.map(tracing::field::display),
            status = end.status,
            duration = ?end.duration,
            "ended"
        );
    }

    fn log_connection(&self, event: &ConnectionEvent) {
        tracing::info!(
            target: "secure_runtime::audit",
            remote_addr = event.remote_addr.map(tracing::field::display),
            reason = event.failure.name(),
            "connection closed"
        );
    }

    fn log_limit(&self, event: &LimitEvent) {
        tracing::info!(
            target: "secure_runtime::audit",
            remote_addr = event.remote_addr.map(tracing::field::display),
            limit = event.limit.name(),
            "limit reached"
        );
    }

    fn log_health(&self, event: &HealthEvent) {
        tracing::info!(
            target: "secure_runtime::audit",
            remote_addr = event.remote_addr.map(tracing::field::display),
            calls = event.calls,
            "health checked"
        );
    }

    fn log(&self, event: &AuditEvent<'_>) {
        macro_rules! emit {
            ($level:ident, $($denial:tt)*) => {
                tracing::$level!(
                    target: "secure_runtime::audit",
                    method = event.method,
                    path = event.path,
                    declared_at = event.declared_at,
                    policy_digest = event.policy_digest,
                    issuer = event.principal.map(|principal| cut(principal.issuer())),
                    subject = event.principal.map(|principal| cut(principal.subject())),
                    actor_issuer = event.actor.map(|actor| cut(actor.issuer())),
                    actor_subject = event.actor.map(|actor| cut(actor.subject())),
                    remote_addr = event.remote_addr.map(tracing::field::display),
                    request_id = %event.request_id,
                    trace_id = event.trace_id.map(tracing::field::display),
                    report_only = event.report_only,
                    $($denial)*
                )
            };
        }
        match event.decision {
            Decision::Allow => emit!(info, "admitted"),
            Decision::Deny(denial) if event.passed => {
                emit!(warn, %denial, reason = event.reason, "refused by its rule, and passed by `danger::report_only`");
            }
            Decision::Deny(denial) => emit!(warn, %denial, reason = event.reason, "refused"),
        }
    }
}
