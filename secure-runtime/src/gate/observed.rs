//! A call while its handler runs: its `tracing` span, and the event of its end.

use std::sync::Arc;
use std::time::Instant;

use tonic::{Code, Status};
use tracing::Span;
use tracing::field::Empty;
use tracing::span::Entered;

use super::answer::{Answer, BoxFuture};
use super::record::Record;
use super::request_check::RequestCheck;
use crate::audit::{AuditLogger, CallEnded, cut};
use crate::principal::Principal;
use crate::scope::{Running, Scope, code_name};

/// What observes an admitted call.
pub(super) struct Observed {
    span: Span,
    ending: Option<Ending>,
}

/// What the event of the end needs.
struct Ending {
    audit: Arc<dyn AuditLogger>,
    record: Record,
    principal: Option<Principal>,
    /// Decides whether the call is admitted, if its requests decide about that.
    check: Option<RequestCheck>,
    start: Instant,
}

impl Observed {
    /// `None` if there is neither a subscriber for the span nor a log of ends, which costs nothing more.
    pub(super) fn start(
        audit: &Arc<dyn AuditLogger>,
        record: &Record,
        principal: Option<&Principal>,
        names_principal: bool,
    ) -> Option<Self> {
        let span = span(record, principal.filter(|_| names_principal));
        let has_end = audit.wants_ends() && record.records_admitted();
        if span.is_disabled() && !has_end {
            return None;
        }
        let ending = has_end.then(|| Ending {
            audit: Arc::clone(audit),
            record: record.clone(),
            principal: principal.cloned(),
            check: None,
            start: Instant::now(),
        });
        Some(Self { span, ending })
    }

    /// The call has an end only if `check` admits it.
    pub(super) fn admitted_by(mut self, check: Option<&RequestCheck>) -> Self {
        if let Some(ending) = &mut self.ending {
            ending.check = check.cloned();
        }
        self
    }

    pub(super) fn run(self, call: BoxFuture<Answer>) -> BoxFuture<Answer> {
        Box::pin(async move {
            let answer = Running::new(self).run(async { Ok(call.await) }).await;
            answer.unwrap_or_else(|status: Status| status.into_http())
        })
    }
}

fn span(record: &Record, principal: Option<&Principal>) -> Span {
    let span = tracing::info_span!(
        target: "secure_runtime::call",
        "call",
        rpc.system.name = "grpc",
        rpc.method = record.method().trim_start_matches('/'),
        request_id = %record.request_id(),
        trace_id = record.trace_id().map(tracing::field::display),
        principal = Empty,
    );
    if let Some(principal) = principal {
        // A subscriber escapes a string, and writes a value with `Display` as it is.
        span.record("principal", cut(&principal.id().to_string()));
    }
    span
}

impl Scope for Observed {
    type Entered<'a> = Entered<'a>;

    fn enter(&self) -> Entered<'_> {
        self.span.enter()
    }

    fn ended(&mut self, code: Code) {
        let _entered = self.span.enter();
        if let Some(ending) = self.ending.take() {
            ending.log(code);
        }
    }
}

impl Ending {
    fn log(self, code: Code) {
        let Self { audit, record, principal, check, start } = self;
        if check.is_some_and(|check| !check.was_admitted()) {
            return;
        }
        audit.log_end(&CallEnded {
            method: record.method(),
            path: record.path(),
            principal: principal.as_ref().map(Principal::id),
            request_id: record.request_id(),
            trace_id: record.trace_id(),
            status: code_name(code),
            duration: start.elapsed(),
        });
    }
}
