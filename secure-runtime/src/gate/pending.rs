//! A call that waits for its authenticator or for a call policy.

use std::sync::Arc;

use super::answer::Answer;
use super::end::EndReason;
use super::record::Record;
use super::refusal::Refusal;
use crate::audit::AuditLogger;
use crate::authz::Denial;
use crate::destructor::contain_panic;
use crate::principal::Principal;

/// A call that waits. If the client leaves before the result, the call is recorded as cancelled.
pub(super) struct PendingCall(Option<(Arc<dyn AuditLogger>, Record, Option<Principal>)>);

impl PendingCall {
    pub(super) fn new(audit: &Arc<dyn AuditLogger>, record: Record, principal: Option<Principal>) -> Self {
        Self(Some((Arc::clone(audit), record, principal)))
    }

    /// The call reached its deadline, or another end, before the result.
    pub(super) fn ended(mut self, reason: EndReason) -> Answer {
        self.log(reason.refusal());
        reason.answer()
    }

    /// The result has arrived, so the call is not recorded as cancelled.
    pub(super) fn finished(mut self) -> Record {
        let (_, record, _) = self.0.take().expect("it is taken once, and only here");
        record
    }

    /// The call is taken first, so that an audit log that panics does not get it again from the destructor.
    fn log(&mut self, refusal: Refusal) {
        if let Some((audit, record, principal)) = self.0.take() {
            record.log(&*audit, principal.as_ref(), Err(refusal));
        }
    }
}

impl Drop for PendingCall {
    fn drop(&mut self) {
        contain_panic(|| self.log(Denial::Cancelled.into()));
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::head::Head;
    use super::*;
    use crate::audit::AuditEvent;

    #[test]
    fn audit_log_that_panics_about_two_calls_that_end_together_does_not_abort_the_process() {
        let audit: Arc<dyn AuditLogger> = Arc::new(|event: &AuditEvent<'_>| assert!(event.method.is_empty()));
        let head = Head::new(http::Request::new(()).into_parts().0);
        let call = || PendingCall::new(&audit, Record::of(&head, None), None);
        drop((call(), call()));
    }

    #[test]
    fn audit_log_that_panics_about_a_deadline_gets_the_call_once() {
        let events = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&events);
        let audit: Arc<dyn AuditLogger> = Arc::new(move |event: &AuditEvent<'_>| {
            counted.fetch_add(1, Ordering::Relaxed);
            assert!(event.method.is_empty());
        });
        let head = Head::new(http::Request::new(()).into_parts().0);
        let call = PendingCall::new(&audit, Record::of(&head, None), None);
        assert!(catch_unwind(AssertUnwindSafe(|| call.ended(EndReason::Deadline))).is_err());
        assert_eq!(events.load(Ordering::Relaxed), 1);
    }
}
