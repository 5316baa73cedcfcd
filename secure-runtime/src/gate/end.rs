//! What ends a call early: its deadline, the expiry of its credential or client certificate, or the refusal of one of its
//! requests.
//!
//! A call also waits while the client of its connection leaves too much unread. Then it still ends in time.

use std::fmt;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep, sleep_until};
use tonic::Status;

use super::answer::{Answer, BoxFuture};
use super::head::Head;
use super::refusal::Refusal;
use super::request_check::RequestCheck;
use crate::authz::Denial;
use crate::connection::Connection;
use crate::principal::Principal;
use crate::usage::Room;
use crate::{deadline, status};

/// What ends a call early. The request body, the handler and the response body of a call have a clone each.
///
/// A timer is started only when a clone has to wait, so a call that is answered at once costs none.
pub(super) struct CallEnd {
    deadline: Option<Instant>,
    expiry: Option<SystemTime>,
    check: Option<RequestCheck>,
    room: Option<Room>,
    waiting: Option<BoxFuture<EndReason>>,
}

/// Why a call ends early.
#[derive(Clone, Copy, Debug)]
pub(super) enum EndReason {
    Deadline,
    Expired,
    Refused(Denial),
}

impl EndReason {
    pub(super) fn answer(self) -> Answer {
        match self {
            Self::Deadline | Self::Expired => Status::from(self).into_http(),
            Self::Refused(denial) => status::refusal(denial),
        }
    }

    /// The refusal for the audit log, if the call ends before the decision.
    pub(super) fn refusal(self) -> Refusal {
        match self {
            Self::Deadline => Refusal { reason: "deadline_exceeded", ..Denial::Cancelled.into() },
            Self::Expired => Denial::CredentialExpired.into(),
            Self::Refused(denial) => denial.into(),
        }
    }
}

impl From<EndReason> for Status {
    fn from(reason: EndReason) -> Self {
        match reason {
            EndReason::Deadline => Self::deadline_exceeded("the deadline of the call is over"),
            EndReason::Expired => status::expired_during_call(),
            EndReason::Refused(denial) => denial.into(),
        }
    }
}

impl CallEnd {
    /// Nothing ends the call early.
    pub(super) const NEVER: Self = Self { deadline: None, expiry: None, check: None, room: None, waiting: None };

    /// The call ends at its deadline.
    pub(super) fn at_deadline(head: &Head) -> Self {
        Self { deadline: deadline(head), expiry: None, check: None, room: None, waiting: None }
    }

    /// The call ends at its deadline; when the credential of `principal` expires, or the client certificate of the connection; and
    /// when `check` refuses a request.
    pub(super) fn new(head: &Head, principal: Option<&Principal>, check: Option<RequestCheck>) -> Self {
        let connection = head.connection().and_then(Connection::expiry);
        let expiry = principal.and_then(Principal::expiry).into_iter().chain(connection).min();
        Self { expiry, check, ..Self::at_deadline(head) }
    }

    /// Futures that this end limits also wait while the client of the connection leaves too much unread.
    pub(super) fn with_room(self, head: &Head) -> Self {
        Self { room: head.usage().cloned().map(Room::new), ..self }
    }

    /// The same end for a body that the client sends: it does not wait for the client to read.
    pub(super) fn without_room(self) -> Self {
        Self { room: None, ..self }
    }

    /// Polls a handler, or a body for its next frame, if there is room.
    pub(super) fn poll_work<T>(
        &mut self,
        context: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        match &mut self.room {
            Some(room) => room.poll_work(context, poll),
            None => poll(context),
        }
    }

    /// The output of a future, unless the call ends before it. The future is to be dropped then.
    pub(super) async fn limit<F: Future + ?Sized>(&mut self, mut future: Pin<&mut F>) -> Result<F::Output, EndReason> {
        poll_fn(|context| self.poll_limited(future.as_mut(), context)).await
    }

    /// Polls a future as [`limit`](Self::limit) does.
    pub(super) fn poll_limited<F: Future + ?Sized>(
        &mut self,
        future: Pin<&mut F>,
        context: &mut Context<'_>,
    ) -> Poll<Result<F::Output, EndReason>> {
        // After a wait the call may be over. Then nothing goes on that could still have an effect.
        if self.waiting.is_some()
            && let Some(reason) = self.reached()
        {
            return Poll::Ready(Err(reason));
        }
        if let Poll::Ready(output) = self.poll_work(context, |context| future.poll(context)) {
            return Poll::Ready(self.reached().map_or(Ok(output), Err));
        }
        self.poll_reached(context).map(Err)
    }

    /// Records why the call ended, if it ended before a request arrived that its rule has to check.
    pub(super) fn record(&self, reason: EndReason) {
        if let Some(check) = &self.check {
            check.ended(reason.refusal());
        }
    }

    /// The refusal, if the call must end now. Compares with the wall clock, which goes on while the machine is suspended.
    pub(super) fn reached(&self) -> Option<EndReason> {
        let refused = self.check.as_ref().and_then(RequestCheck::denial).map(EndReason::Refused);
        let expired = || self.expiry.filter(|end| *end <= SystemTime::now()).map(|_| EndReason::Expired);
        let late = || self.deadline.filter(|end| *end <= Instant::now()).map(|_| EndReason::Deadline);
        refused.or_else(expired).or_else(late)
    }

    /// Resolves when the call must end.
    pub(super) fn poll_reached(&mut self, context: &mut Context<'_>) -> Poll<EndReason> {
        if self.deadline.is_none() && self.expiry.is_none() && self.check.is_none() {
            return Poll::Pending;
        }
        if let Some(reason) = self.reached() {
            return Poll::Ready(reason);
        }
        let (deadline, expiry, check) = (self.deadline, self.expiry, &self.check);
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(wait(deadline, expiry, check.clone())));
        waiting.as_mut().poll(context)
    }
}

async fn wait(deadline: Option<Instant>, expiry: Option<SystemTime>, check: Option<RequestCheck>) -> EndReason {
    tokio::select! {
        () = passed(deadline) => EndReason::Deadline,
        () = expired(expiry) => EndReason::Expired,
        denial = refused(check) => EndReason::Refused(denial),
    }
}

async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

async fn expired(expiry: Option<SystemTime>) {
    let Some(end) = expiry else { return pending().await };
    while let Some(left) = end.duration_since(SystemTime::now()).ok().filter(|left| !left.is_zero()) {
        // Timers stand still while the machine is suspended, and the wall clock may be set.
        sleep(left.min(CLOCK_CHECK_INTERVAL)).await;
    }
}

async fn refused(check: Option<RequestCheck>) -> Denial {
    match check {
        Some(check) => check.refusal().await,
        None => pending().await,
    }
}

/// A clone waits for itself.
impl Clone for CallEnd {
    fn clone(&self) -> Self {
        Self {
            deadline: self.deadline,
            expiry: self.expiry,
            check: self.check.clone(),
            room: self.room.clone(),
            waiting: None,
        }
    }
}

impl fmt::Debug for CallEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallEnd").field("expiry", &self.expiry).finish_non_exhaustive()
    }
}

/// How often a call that waits compares its expiry with the wall clock.
const CLOCK_CHECK_INTERVAL: Duration = Duration::from_secs(30);

/// When the call ends: as its client wishes, within the limits of the server.
fn deadline(head: &Head) -> Option<Instant> {
    let limits = head.usage().map(|usage| usage.limits());
    let left = match deadline::time_left(&head.parts.headers) {
        // A moment before the client's own, so that the client learns the status.
        Some(left) => (left - (left / 2).min(DEADLINE_LEAD)).min(limits.map_or(Duration::MAX, |it| it.max_deadline)),
        None => limits?.default_deadline?,
    };
    head.arrival().checked_add(left)
}

const DEADLINE_LEAD: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use bytes::Bytes;
    use http_body::Frame;
    use http_body_util::{BodyExt, StreamBody};
    use tonic::Code;
    use tonic::body::Body;
    use tracing::level_filters::LevelFilter;

    use super::super::body::{RequestBody, ResponseBody};
    use super::*;
    use crate::test_log::Log;

    fn over() -> [(CallEnd, Code); 2] {
        [
            (CallEnd { expiry: Some(SystemTime::UNIX_EPOCH), ..CallEnd::NEVER }, Code::Unauthenticated),
            (CallEnd { deadline: Some(Instant::now()), ..CallEnd::NEVER }, Code::DeadlineExceeded),
        ]
    }

    /// A body that never has to wait.
    fn endless() -> Body {
        let frames = std::iter::repeat_with(|| Ok::<_, Status>(Frame::data(Bytes::from_static(b"x"))));
        Body::new(StreamBody::new(tokio_stream::iter(frames)))
    }

    #[tokio::test]
    async fn body_that_is_always_ready_ends_with_its_call() {
        for (end, code) in over() {
            let request = RequestBody::new(endless(), end.clone()).frame().await.unwrap();
            assert_eq!(request.unwrap_err().code(), code);
            let response = ResponseBody::until(endless(), end).frame().await.unwrap().unwrap();
            let trailers = response.into_trailers().unwrap();
            assert_eq!(Status::from_header_map(&trailers).unwrap().code(), code);
        }
    }

    #[tokio::test]
    async fn response_after_the_end_of_its_call_is_not_sent() {
        for (mut end, code) in over() {
            let reason = end.limit(pin!(std::future::ready(()))).await.unwrap_err();
            assert_eq!(Status::from_header_map(reason.answer().headers()).unwrap().code(), code);
        }
    }

    #[tokio::test]
    async fn handler_that_waits_does_not_go_on_after_the_end_of_its_call() {
        let soon = SystemTime::now() + Duration::from_millis(20);
        let mut end = CallEnd { expiry: Some(soon), ..CallEnd::NEVER };
        let mut polls = 0;
        let mut handler = pin!(poll_fn(|_| {
            polls += 1;
            Poll::<()>::Pending
        }));
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(end.poll_limited(handler.as_mut(), &mut context).is_pending());
        std::thread::sleep(Duration::from_millis(40));
        assert!(matches!(end.poll_limited(handler.as_mut(), &mut context), Poll::Ready(Err(EndReason::Expired))));
        assert_eq!(polls, 1);
    }

    #[tokio::test]
    async fn trailers_of_a_request_are_dropped() {
        let trailers = Ok::<_, Status>(Frame::<Bytes>::trailers(http::HeaderMap::new()));
        let body = Body::new(StreamBody::new(tokio_stream::once(trailers)));
        assert!(RequestBody::new(body, CallEnd::NEVER).frame().await.is_none());
    }

    #[test]
    fn event_of_a_call_without_a_request_says_why_it_ended() {
        let (log, _guard) = Log::start(LevelFilter::INFO);
        let head = Head::new(http::Request::new(()).into_parts().0);
        for reason in [EndReason::Deadline, EndReason::Expired] {
            CallEnd::new(&head, None, Some(RequestCheck::of_nobody(&head))).record(reason);
        }
        drop(RequestCheck::of_nobody(&head));
        let lines = log.lines("WARN");
        let reasons = ["deadline_exceeded", "credential_expired", "cancelled"];
        assert_eq!(lines.len(), 3, "{lines:?}");
        for (line, reason) in lines.iter().zip(reasons) {
            assert!(line.contains(&format!("reason=\"{reason}\"")), "{line}");
        }
    }

    #[tokio::test]
    async fn refusal_by_another_task_ends_a_waiting_call() {
        let head = Head::new(http::Request::new(()).into_parts().0);
        let check = RequestCheck::of_nobody(&head);
        let mut end = CallEnd::new(&head, None, Some(check.clone()));
        let call = tokio::spawn(async move { end.limit(pin!(pending::<()>())).await });
        tokio::task::yield_now().await;
        check.refuse(Denial::PermissionDenied);
        let ended = tokio::time::timeout(Duration::from_secs(5), call).await.expect("the call ends").unwrap();
        assert!(matches!(ended, Err(EndReason::Refused(Denial::PermissionDenied))), "{ended:?}");
    }
}
