//! A call ends when its caller's credential does, or its client's certificate.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method};
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};
use tonic::Status;
use tonic::body::Body;

use super::call::Answer;
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

    /// Ends a request body with UNAUTHENTICATED.
    pub(super) fn request(self, body: Body) -> Body {
        self.body(body, Err)
    }

    /// Drops a handler that has not answered, and ends the response of one that goes on.
    pub(super) async fn response(self, answer: impl Future<Output = Answer>) -> Answer {
        let Some(end) = self.0 else { return answer.await };
        match timeout_at(end, answer).await {
            Ok(answer) => answer.map(|body| self.body(body, |status| trailers(&status).map(Frame::trailers))),
            Err(_) => status::refusal(Denial::CredentialExpired, &Method::POST),
        }
    }

    fn body(self, body: Body, last: fn(Status) -> Result<Frame<Bytes>, Status>) -> Body {
        match self.0 {
            Some(end) if !http_body::Body::is_end_stream(&body) => {
                Body::new(Expiring { state: Some((body, Box::pin(sleep_until(end)))), last })
            }
            _ => body,
        }
    }
}

/// A body until its end or until its time is over, whichever is first.
struct Expiring {
    state: Option<(Body, Pin<Box<Sleep>>)>,
    last: fn(Status) -> Result<Frame<Bytes>, Status>,
}

impl http_body::Body for Expiring {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some((body, end)) = &mut self.state else { return Poll::Ready(None) };
        if end.deadline() > Instant::now() {
            if let Poll::Ready(frame) = Pin::new(body).poll_frame(context) {
                return Poll::Ready(frame);
            }
            ready!(end.as_mut().poll(context));
        }
        self.state = None;
        Poll::Ready(Some((self.last)(Denial::CredentialExpired.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.state.as_ref().is_none_or(|(body, _)| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.state.as_ref().map_or_else(SizeHint::default, |(body, _)| body.size_hint())
    }
}

fn trailers(status: &Status) -> Result<HeaderMap, Status> {
    let mut trailers = HeaderMap::new();
    status.add_header(&mut trailers)?;
    Ok(trailers)
}
