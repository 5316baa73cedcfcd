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
    path: Option<String>,
    remote_addr: Option<SocketAddr>,
    request_id: RequestId,
    client_request_id: Option<HeaderValue>,
}

impl Record {
    pub(super) fn of(head: &Parts, row: Option<Row>) -> Self {
        Self {
            row,
            path: row.filter(|row| row.declared_at.is_none()).map(|_| written(head.uri.path())),
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
            path: self.path.as_deref(),
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

/// A path that a client wrote, for whoever reads the log.
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

const MAX_PATH_BYTES: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_is_escaped_and_cut() {
        assert_eq!(written("/a.B/C"), "/a.B/C");
        assert_eq!(written("/\u{202e}\u{9b}\""), "/\\u{202e}\\u{9b}\\\"");
        assert_eq!(written(&"x".repeat(300)).len(), 256);
        assert_eq!(written(&"\u{202e}".repeat(300)).len(), 256);
    }
}
