//! A call ends when its caller's credential does, or its client's certificate.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::SystemTime;

use bytes::Bytes;
use http::request::Parts;
use tokio::time::{Instant, sleep_until, timeout_at};
use tonic::body::Body;

use super::answer::Answer;
use super::body::{Ending, RequestBody};
use crate::authz::Denial;
use crate::connection::{Connection, Vouched};
use crate::principal::Principal;
use crate::status;

/// When a call has to end; `None` if nothing that proved it has an end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expiry(Option<Instant>);

impl Expiry {
    pub(super) const NEVER: Self = Self(None);

    /// When the first of its caller's credential and its connection's certificate ends.
    pub(super) fn of(head: &Parts, principal: Option<&Principal>) -> Self {
        let connection = Vouched::connection(&head.extensions).and_then(Connection::expiry);
        let end = principal.and_then(Principal::expiry).into_iter().chain(connection).min();
        let left = end.map(|end| end.duration_since(SystemTime::now()));
        Self(left.and_then(|left| Instant::now().checked_add(left.unwrap_or_default())))
    }

    /// The request body without trailers. It ends with UNAUTHENTICATED when the call expires.
    pub(super) fn request<B>(self, body: B) -> RequestBody
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<tower::BoxError>,
    {
        let body = Body::new(body);
        RequestBody::new(match self.0 {
            Some(end) => Ending::of_request(body, expired(end)),
            None => body,
        })
    }

    /// Drops a handler that has not answered, and ends the response of one that goes on.
    pub(super) async fn response(self, answer: impl Future<Output = Answer>) -> Answer {
        let Some(end) = self.0 else { return answer.await };
        match timeout_at(end, answer).await {
            Ok(answer) => answer.map(|body| Ending::of_response(body, expired(end))),
            Err(_) => status::refusal(Denial::CredentialExpired),
        }
    }
}

/// Resolves at `end`, and not a frame later: timers may be late.
async fn expired(end: Instant) -> Denial {
    let mut sleep = pin!(sleep_until(end));
    poll_fn(|context| if end <= Instant::now() { Poll::Ready(()) } else { sleep.as_mut().poll(context) }).await;
    Denial::CredentialExpired
}
