//! Which decisions a log records (gRFC A59, `audit_condition`).

use super::{AuditEvent, AuditLogger, CallEnded, ConnectionEvent, HealthEvent, LimitEvent, NotRecorded};
use crate::authz::Decision;

/// Which decisions a log records (gRFC A59, `audit_condition`). Default of every log: both.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "gRFC A59 has four")]
pub enum AuditCondition {
    /// No decision.
    None,
    /// Refused calls, calls that [`danger::report_only`](crate::danger::report_only) let pass, connections that were closed, and
    /// limits that clients reached.
    OnDeny,
    /// Admitted calls, the ends of all calls that reached a handler, and health checks. The end of a call that
    /// [`danger::report_only`](crate::danger::report_only) let pass is here, too.
    OnAllow,
    /// All.
    OnDenyAndAllow,
}

impl AuditCondition {
    fn takes_refusals(self) -> bool {
        matches!(self, Self::OnDeny | Self::OnDenyAndAllow)
    }

    fn takes_admitted(self) -> bool {
        matches!(self, Self::OnAllow | Self::OnDenyAndAllow)
    }

    fn holds_for(self, decision: Decision) -> bool {
        match decision {
            Decision::Allow => self.takes_admitted(),
            Decision::Deny(_) => self.takes_refusals(),
        }
    }
}

/// A log of some decisions, from [`AuditLogger::when`].
#[derive(Clone, Copy, Debug)]
pub struct When<L> {
    pub(super) logger: L,
    pub(super) condition: AuditCondition,
}

impl<L: AuditLogger> AuditLogger for When<L> {
    fn log(&self, event: &AuditEvent<'_>) {
        if self.condition.holds_for(event.decision) {
            self.logger.log(event);
        }
    }

    fn record(&self, event: &AuditEvent<'_>) -> Result<(), NotRecorded> {
        match self.condition.holds_for(event.decision) {
            true => self.logger.record(event),
            false => Ok(()),
        }
    }

    fn log_connection(&self, event: &ConnectionEvent) {
        if self.condition.takes_refusals() {
            self.logger.log_connection(event);
        }
    }

    fn log_limit(&self, event: &LimitEvent) {
        if self.condition.takes_refusals() {
            self.logger.log_limit(event);
        }
    }

    fn log_health(&self, event: &HealthEvent) {
        if self.condition.takes_admitted() {
            self.logger.log_health(event);
        }
    }

    fn log_end(&self, end: &CallEnded<'_>) {
        if self.condition.takes_admitted() {
            self.logger.log_end(end);
        }
    }

    fn wants_ends(&self) -> bool {
        self.condition.holds_for(Decision::Allow) && self.logger.wants_ends()
    }
}
