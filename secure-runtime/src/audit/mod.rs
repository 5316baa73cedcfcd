//! One event for every call that reached a gate, admitted or not. There may be none if an authenticator, a call policy or the
//! log itself panics: then no handler runs, and the panic hook prints the message.
//!
//! If a rule has request conditions, the event is recorded after they are checked. If a later message of an
//! admitted stream is refused, that is a second event with the same [`RequestId`].

mod condition;
mod connection;
mod end;
mod json_lines;
mod tracing;

use std::net::SocketAddr;

use crate::authz::Decision;
use crate::principal::PrincipalId;

pub use crate::connection_failure::ConnectionFailure;
pub use crate::connection_limit::ConnectionLimit;
pub use crate::request_id::RequestId;
pub use crate::trace_parent::TraceId;
pub use condition::{AuditCondition, When};
pub use connection::{ConnectionEvent, HealthEvent, LimitEvent};
pub use end::{CallEnded, WithEnds};
pub use json_lines::JsonLines;
pub use tracing::TracingLogger;

/// Receives the record of every decision. A closure with the signature of [`log`](Self::log) implements it.
///
/// It may run on the task of the connection, before the handler. So it must neither block nor take long, because the other
/// calls of the connection wait. If it panics, its call fails, and no other one.
///
/// ```
/// use secure_runtime::Gate;
/// use secure_runtime::audit::AuditEvent;
/// # use secure_runtime::{Authentication, CallHead};
/// # let tokens = |_: &CallHead<'_>| Authentication::anonymous();
///
/// let gate = Gate::new(tokens).audit(|event: &AuditEvent<'_>| {
///     println!("{} {:?} {:?}", event.method, event.principal, event.decision);
/// });
/// ```
pub trait AuditLogger: Send + Sync + 'static {
    /// Records one event.
    fn log(&self, event: &AuditEvent<'_>);

    /// Takes the event of an admitted call before its handler runs. Default: calls [`log`](Self::log).
    ///
    /// # Errors
    ///
    /// The event was not recorded, and the call must not run without its record: the gate refuses it with UNAVAILABLE.
    fn record(&self, event: &AuditEvent<'_>) -> Result<(), NotRecorded> {
        self.log(event);
        Ok(())
    }

    /// Takes the event of a connection that was closed before there was a call on it, if this is the log of a
    /// [`Server`](crate::Server::audit). Default: ignores it.
    fn log_connection(&self, event: &ConnectionEvent) {
        _ = event;
    }

    /// Takes the event of a limit that a client reached on an open connection, if this is the log of a
    /// [`Server`](crate::Server::audit). Default: ignores it.
    fn log_limit(&self, event: &LimitEvent) {
        _ = event;
    }

    /// Takes the event of calls of the public health service, if this is the log of a
    /// [`Server`](crate::Server::audit). Default: ignores it.
    fn log_health(&self, event: &HealthEvent) {
        _ = event;
    }

    /// Takes the end of a call that went to its handler, if [`wants_ends`](Self::wants_ends). Default: ignores it.
    fn log_end(&self, end: &CallEnded<'_>) {
        _ = end;
    }

    /// Whether the log takes the ends of calls. Default: no.
    fn wants_ends(&self) -> bool {
        false
    }

    /// Records the end of each admitted call too, with its status and its duration.
    ///
    /// ```
    /// use secure_runtime::audit::{AuditLogger, JsonLines};
    ///
    /// let audit = JsonLines::new(std::io::sink()).ends();
    /// ```
    fn ends(self) -> WithEnds<Self>
    where
        Self: Sized,
    {
        WithEnds(self)
    }

    /// Records some decisions only (gRFC A59, `audit_condition`). Risk: a decision that is not recorded cannot be
    /// investigated later.
    ///
    /// A log that fails closed refuses only calls that it has to record.
    ///
    /// ```
    /// use secure_runtime::audit::{AuditCondition, AuditLogger, JsonLines};
    ///
    /// let refusals = JsonLines::new(std::io::sink()).when(AuditCondition::OnDeny);
    /// ```
    fn when(self, condition: AuditCondition) -> When<Self>
    where
        Self: Sized,
    {
        When { logger: self, condition }
    }
}

/// An event was not recorded, and its call is refused: see [`AuditLogger::record`].
#[derive(Clone, Copy, Debug, Default, thiserror::Error)]
#[error("the audit event was not recorded")]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to add")]
pub struct NotRecorded;

impl<F: Fn(&AuditEvent<'_>) + Send + Sync + 'static> AuditLogger for F {
    fn log(&self, event: &AuditEvent<'_>) {
        self(event);
    }
}

/// The record of one decision: the five facts of gRFC A59 (method, principal, policy, matched rule, authorized), and
/// where the call came from.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AuditEvent<'a> {
    /// The path of the method. The name of the service if one rule guards a whole service. `_OTHER` if there is no such
    /// method. Never text of the client, so it may be the label of a metric.
    pub method: &'static str,
    /// The path as the client wrote it, if one rule guards a whole service: at most 256 bytes, and escaped as Rust escapes
    /// text. Not for labels of metrics.
    pub path: Option<&'a str>,
    /// Where the rule is written, as `file:line:column`. `None` if there is no rule.
    pub declared_at: Option<&'static str>,
    /// The SHA-256 of the service's rules, as in the generated `POLICY_DIGEST`.
    pub policy_digest: Option<&'static str>,
    /// The principal. `None` if no credential was verified.
    pub principal: Option<&'a PrincipalId>,
    /// Who acts for the principal by a delegated token. `None` if nobody does.
    pub actor: Option<&'a PrincipalId>,
    /// Allow, or the denial that the caller got.
    pub decision: Decision,
    /// Whether the call went to its handler although its rule refuses it: [`danger::report_only`](crate::danger::report_only).
    pub passed: bool,
    /// The reason that was given to [`danger::report_only`](crate::danger::report_only), in every event of that gate.
    pub report_only: Option<&'static str>,
    /// Why the call was refused, as a constant. It is the name of the first failed
    /// [`Condition`](crate::authz::Condition), the reason of the [`Rejection`](crate::Rejection), or the name of the
    /// denial. `None` for an admitted call. It contains no role, no claim and no value.
    pub reason: Option<&'static str>,
    /// The socket address of the client. `None` if the call did not come through this crate's server.
    pub remote_addr: Option<SocketAddr>,
    /// The id of the call. A handler has the same from [`Caller::request_id`](crate::Caller::request_id).
    pub request_id: RequestId,
    /// The client's `x-request-id`, unchanged. The client chose it, so it proves nothing.
    pub client_request_id: Option<&'a [u8]>,
    /// The trace of the call, from its `traceparent` header. With the feature `otel` it is that of the server's span.
    pub trace_id: Option<TraceId>,
}

/// The first 256 bytes of text that a caller chose. It is not escaped.
pub(crate) fn cut(text: &str) -> &str {
    const LONGEST: usize = 256;
    let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end));
    if text.len() <= LONGEST { text } else { &text[..end.unwrap_or(0)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_callers_is_cut_at_256_bytes_between_characters() {
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"a".repeat(256)).len(), 256);
        assert_eq!(cut(&"a".repeat(300)).len(), 256);
        assert_eq!(cut(&format!("{}ä", "a".repeat(255))).len(), 255);
    }
}
