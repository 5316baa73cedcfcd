//! What the audit log is told of one call.

use std::net::SocketAddr;

use http::HeaderValue;
use http::request::Parts;

use super::refusal::Refusal;
use super::row::Row;
use crate::audit::{AuditEvent, RequestId};
use crate::connection::{Connection, Vouched};
use crate::principal::Principal;

/// Everything about a call but its principal and the decision.
#[derive(Debug)]
pub(super) struct Record {
    row: Option<Row>,
    remote_addr: Option<SocketAddr>,
    request_id: RequestId,
    client_request_id: Option<HeaderValue>,
}

impl Record {
    pub(super) fn of(head: &Parts, row: Option<Row>) -> Self {
        Self {
            row,
            remote_addr: Vouched::connection(&head.extensions).and_then(Connection::remote_addr),
            request_id: RequestId::next(),
            client_request_id: head.headers.get("x-request-id").cloned(),
        }
    }

    pub(super) const fn request_id(&self) -> RequestId {
        self.request_id
    }

    pub(super) fn event<'a>(
        &'a self,
        principal: Option<&'a Principal>,
        outcome: Result<(), Refusal>,
    ) -> AuditEvent<'a> {
        AuditEvent {
            method: self.row.map_or("_OTHER", |row| row.method),
            declared_at: self.row.and_then(|row| row.declared_at),
            policy_digest: self.row.and_then(|row| row.policy_digest),
            principal: principal.map(Principal::id),
            decision: outcome.map_err(|refusal| refusal.denial).into(),
            reason: outcome.err().map(|refusal| refusal.reason),
            remote_addr: self.remote_addr,
            request_id: self.request_id,
            client_request_id: self.client_request_id.as_ref().map(HeaderValue::as_bytes),
        }
    }
}
