//! The facts of one call for the audit log.

use std::net::SocketAddr;

use http::request::Parts;
use http::{HeaderName, HeaderValue};

use super::head::Head;
use super::measurement::Measurement;
use super::refusal::Refusal;
use super::row::{Audited, Row};
use crate::audit::{AuditEvent, AuditLogger, NotRecorded, RequestId, TraceId};
use crate::authz::Denial;
use crate::connection::Connection;
use crate::principal::Principal;
use crate::trace_parent::TraceParent;

/// Everything about a call but its principal and the decision.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// `None` if the service has no such method.
    audited: Option<Audited>,
    path: Option<String>,
    remote_addr: Option<SocketAddr>,
    request_id: RequestId,
    client_request_id: Option<HeaderValue>,
    trace_id: Option<TraceId>,
    measurement: Option<Measurement>,
    report_only: Option<&'static str>,
}

impl Record {
    pub(super) fn of(head: &Head, row: Option<&Row>) -> Self {
        let Parts { headers, extensions, uri, .. } = &head.parts;
        let measurement = Measurement::of(extensions);
        let parent = TraceParent::read(headers);
        let audited = row.map(|row| row.audited);
        Self {
            audited,
            path: audited.filter(|audited| audited.declared_at.is_none()).map(|_| written(uri.path())),
            remote_addr: head.connection().and_then(Connection::remote_addr),
            request_id: RequestId::next(),
            client_request_id: headers.get(CLIENT_REQUEST_ID).cloned(),
            trace_id: measurement.as_ref().map_or_else(|| parent.map(|parent| parent.trace_id), Measurement::trace_id),
            measurement,
            report_only: None,
        }
    }

    /// Names the reason of [`danger::report_only`](crate::danger::report_only) in every event.
    pub(super) fn report_only(self, report_only: Option<&'static str>) -> Self {
        Self { report_only, ..self }
    }

    /// For labels and logs: the path of the method, the name of its service, or `_OTHER`.
    pub(super) fn method(&self) -> &'static str {
        self.audited.map_or("_OTHER", |audited| audited.method)
    }

    pub(super) fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    pub(super) const fn trace_id(&self) -> Option<TraceId> {
        self.trace_id
    }

    /// Whether the log has admitted calls of this method.
    pub(super) fn records_admitted(&self) -> bool {
        self.audited.is_none_or(|audited| audited.records_admitted)
    }

    pub(super) const fn request_id(&self) -> RequestId {
        self.request_id
    }

    /// Records a decision.
    pub(super) fn log(&self, audit: &dyn AuditLogger, principal: Option<&Principal>, outcome: Result<(), Refusal>) {
        let event = self.event(principal, outcome);
        audit.log(&event);
        self.count(&event);
    }

    /// Records a decision. A call that is admitted must not run if this fails.
    pub(super) fn record(
        &self,
        audit: &dyn AuditLogger,
        principal: Option<&Principal>,
        outcome: Result<(), Refusal>,
    ) -> Result<(), NotRecorded> {
        let event = self.event(principal, outcome);
        let recorded = match outcome.is_err() || self.records_admitted() {
            true => audit.record(&event),
            false => Ok(()),
        };
        match recorded {
            Ok(()) => self.count(&event),
            Err(NotRecorded) => self.count(&self.event(principal, Err(Denial::AuditUnavailable.into()))),
        }
        recorded
    }

    fn count(&self, event: &AuditEvent<'_>) {
        if let Some(measurement) = &self.measurement {
            measurement.decided(event);
        }
    }

    fn event<'a>(&'a self, principal: Option<&'a Principal>, outcome: Result<(), Refusal>) -> AuditEvent<'a> {
        AuditEvent {
            method: self.method(),
            path: self.path.as_deref(),
            declared_at: self.audited.and_then(|audited| audited.declared_at),
            policy_digest: self.audited.and_then(|audited| audited.policy_digest),
            principal: principal.map(Principal::id),
            actor: principal.and_then(|principal| principal.actors().first()),
            decision: outcome.map_err(|refusal| refusal.denial).into(),
            passed: outcome.is_err_and(|refusal| refusal.passes),
            report_only: self.report_only,
            reason: outcome.err().map(|refusal| refusal.reason),
            remote_addr: self.remote_addr,
            request_id: self.request_id,
            client_request_id: self.client_request_id.as_ref().map(HeaderValue::as_bytes),
            trace_id: self.trace_id,
        }
    }
}

/// A path that a client wrote, escaped and cut for the log.
fn written(path: &str) -> String {
    let mut escaped = String::new();
    for part in path.chars().map(char::escape_default) {
        if escaped.len() + part.len() > MAX_PATH_BYTES {
            break;
        }
        escaped.extend(part);
    }
    escaped
}

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_PATH_BYTES: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_path_is_escaped_and_truncated() {
        assert_eq!(written("/a.B/C"), "/a.B/C");
        assert_eq!(written("/\u{202e}\u{9b}\""), "/\\u{202e}\\u{9b}\\\"");
        assert_eq!(written(&"x".repeat(300)).len(), 256);
        assert_eq!(written(&"\u{202e}".repeat(300)).len(), 256);
    }
}
