//! The second half of a decision: what a rule says of the requests themselves.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder};
use tonic_prost::{ProstDecoder, ProstEncoder};

use super::record::Record;
use super::refusal::Refusal;
use super::report_only::ReportOnly;
use crate::audit::{AuditLogger, NotRecorded};
use crate::authz::{self, Denial};
use crate::destructor::contain_panic;
use crate::method::Rpc;
use crate::principal::Principal;

/// Decides about each message of one call, and records the decision. If a later message of an admitted stream is
/// refused, that is recorded, too.
#[derive(Clone)]
pub(super) struct RequestCheck(Arc<Inner>);

struct Inner {
    principal: Option<Principal>,
    record: Record,
    audit: Arc<dyn AuditLogger>,
    outcome: Mutex<Option<Result<(), Refusal>>>,
    /// Whether an event says that the call went to its handler.
    was_admitted: AtomicBool,
    refused: Notify,
    report_only: Option<Arc<ReportOnly>>,
}

impl RequestCheck {
    /// `decided` is a refusal that report-only mode lets pass. It is recorded already. `None` if the rule refuses nothing before the
    /// requests.
    pub(super) fn new(
        principal: Option<Principal>,
        record: Record,
        audit: Arc<dyn AuditLogger>,
        report_only: Option<Arc<ReportOnly>>,
        decided: Option<Refusal>,
    ) -> Self {
        let (was_admitted, outcome) = (AtomicBool::new(decided.is_some()), Mutex::new(decided.map(Err)));
        Self(Arc::new(Inner { principal, record, audit, outcome, was_admitted, refused: Notify::new(), report_only }))
    }

    /// Lets a handler run that has seen no request yet, unless the audit log refuses the call.
    pub(super) fn admit_stream(&self) -> Result<(), Denial> {
        _ = self.0.decide(Ok(()));
        self.0.denial().map_or(Ok(()), Err)
    }

    /// Decides about one request, before the handler sees it. After a refusal, no further request is accepted.
    fn admits<R: Rpc>(&self, request: &R::Request) -> bool {
        if self.0.denial().is_some() {
            return false;
        }
        let decided = authz::decide_request(R::REQUEST_CONDITIONS, self.0.principal.as_ref(), request);
        self.0.decide(decided.map_err(|condition| self.0.judge(condition.into())))
    }

    /// Records why the call ends, if no request was decided about.
    pub(super) fn ended(&self, refusal: Refusal) {
        if self.0.is_undecided() {
            _ = self.0.decide(Err(refusal));
        }
    }

    /// Whether an event says that the call went to its handler. A later message may have been refused.
    pub(super) fn was_admitted(&self) -> bool {
        self.0.was_admitted.load(Ordering::Acquire)
    }

    /// The refusal, if a request was refused.
    pub(super) fn denial(&self) -> Option<Denial> {
        self.0.denial()
    }

    /// Resolves when a request is refused.
    pub(super) async fn refusal(self) -> Denial {
        loop {
            let refused = self.0.refused.notified();
            if let Some(denial) = self.0.denial() {
                return denial;
            }
            refused.await;
        }
    }
}

impl Inner {
    /// Records a decision that differs from the last one. True if the call goes on.
    fn decide(&self, outcome: Result<(), Refusal>) -> bool {
        if self.has_passed() {
            return true;
        }
        let is_new = self.replace(outcome) != Some(outcome);
        let recorded = match is_new {
            true => self.record(outcome),
            false => Ok(()),
        };
        if outcome.map_or_else(|refusal| refusal.passes, |()| true) {
            match recorded {
                Ok(()) => self.was_admitted.store(true, Ordering::Release),
                Err(NotRecorded) => _ = self.replace(Err(Denial::AuditUnavailable.into())),
            }
        }
        // Whoever waits for a refusal is woken after it is recorded, and finds it.
        self.refused.notify_waiters();
        self.denial().is_none()
    }

    fn replace(&self, outcome: Result<(), Refusal>) -> Option<Result<(), Refusal>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).replace(outcome)
    }

    fn record(&self, outcome: Result<(), Refusal>) -> Result<(), NotRecorded> {
        self.record.record(&*self.audit, self.principal.as_ref(), outcome)
    }

    fn is_undecided(&self) -> bool {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn denial(&self) -> Option<Denial> {
        match *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(Err(refusal)) if !refusal.passes => Some(refusal.denial),
            _ => None,
        }
    }

    /// Whether a refusal was reported only. The first one is recorded, and nothing is refused after it.
    fn has_passed(&self) -> bool {
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.is_some_and(|outcome| outcome.is_err_and(|refusal| refusal.passes))
    }

    fn judge(&self, refusal: Refusal) -> Refusal {
        match &self.report_only {
            Some(report_only) => report_only.judge(refusal, self.principal.as_ref()),
            None => refusal,
        }
    }
}

#[cfg(test)]
impl RequestCheck {
    /// Of a call without a principal.
    pub(super) fn of_nobody(head: &super::head::Head) -> Self {
        Self::new(None, Record::of(head, None), Arc::new(crate::audit::TracingLogger::new()), None, None)
    }

    pub(super) fn refuse(&self, denial: Denial) {
        self.0.decide(Err(denial.into()));
    }
}

/// A call whose request never came leaves an event all the same.
impl Drop for Inner {
    fn drop(&mut self) {
        if self.is_undecided() {
            contain_panic(|| _ = self.decide(Err(Denial::Cancelled.into())));
        }
    }
}

impl fmt::Debug for RequestCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestCheck").finish_non_exhaustive()
    }
}

/// The codec of `R`, which lets no request pass that its rule does not.
pub(super) struct CheckedCodec<R: Rpc> {
    requests: Count,
    responses: Count,
    check: Option<RequestCheck>,
    rpc: PhantomData<fn() -> R>,
}

/// How many messages a call has in one direction.
#[derive(Clone, Copy)]
pub(super) enum Count {
    Any,
    One,
}

impl Count {
    /// The buffer of one direction. tonic allocates it for every call, and its default of 8 KiB is for many messages.
    fn buffer(self) -> BufferSettings {
        match self {
            Self::Any => BufferSettings::default(),
            Self::One => BufferSettings::new(BUFFER_FOR_ONE, YIELD_THRESHOLD),
        }
    }
}

impl<R: Rpc> CheckedCodec<R> {
    pub(super) fn new(requests: Count, responses: Count, check: Option<RequestCheck>) -> Self {
        Self { requests, responses, check, rpc: PhantomData }
    }
}

impl<R: Rpc> Codec for CheckedCodec<R> {
    type Encode = R::Response;
    type Decode = R::Request;
    type Encoder = ProstEncoder<R::Response>;
    type Decoder = CheckedDecoder<R>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstEncoder::new(self.responses.buffer())
    }

    fn decoder(&mut self) -> CheckedDecoder<R> {
        let decoder = ProstDecoder::new(self.requests.buffer());
        CheckedDecoder { decoder, check: self.check.clone(), rpc: PhantomData }
    }
}

/// The decoder of [`CheckedCodec`].
pub(super) struct CheckedDecoder<R: Rpc> {
    decoder: ProstDecoder<R::Request>,
    check: Option<RequestCheck>,
    rpc: PhantomData<fn() -> R>,
}

impl<R: Rpc> Decoder for CheckedDecoder<R> {
    type Item = R::Request;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<R::Request>, Status> {
        let Some(request) = self.decoder.decode(buffer)? else { return Ok(None) };
        // What ends the requests is the end of their body; after an error of its decoder, tonic would go on.
        let admits = self.check.as_ref().is_none_or(|check| check.admits::<R>(&request));
        Ok(admits.then_some(request))
    }

    fn buffer_settings(&self) -> BufferSettings {
        self.decoder.buffer_settings()
    }
}

/// The first length of a buffer for one message, in bytes. It grows for a longer message.
const BUFFER_FOR_ONE: usize = 512;

/// After how many bytes tonic sends responses that are ready. It is tonic's default.
const YIELD_THRESHOLD: usize = 32 * 1024;

#[cfg(test)]
mod tests {
    use super::super::head::Head;
    use super::*;
    use crate::audit::AuditEvent;

    #[test]
    fn audit_log_that_panics_about_two_calls_without_requests_does_not_abort_the_process() {
        let audit: Arc<dyn AuditLogger> = Arc::new(|event: &AuditEvent<'_>| assert!(event.method.is_empty()));
        let head = Head::new(http::Request::new(()).into_parts().0);
        let check = || RequestCheck::new(None, Record::of(&head, None), Arc::clone(&audit), None, None);
        drop((check(), check()));
    }
}
