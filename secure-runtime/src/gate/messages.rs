//! The request messages of a call, checked before tonic reads them:
//!
//! 1. None is longer than the limit.
//! 2. There is exactly one, if the method is not client-streaming, and the handler waits for it to be whole.
//! 3. The requests do not end inside a message.
//! 4. The client has not taken the call back. tonic would end the requests as if all of them had come.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::body::Body;
use tonic::{Code, Status};

use super::body::RequestBody;
use super::end::CallEnd;
use super::request_check::Count;
use crate::framing::{Framing, TooLong};

/// A request body whose messages are checked.
#[derive(Debug)]
pub(super) struct Messages {
    body: RequestBody,
    framing: Framing,
    /// What is passed on when the message is whole: its first part, and the others.
    first: Option<Bytes>,
    rest: VecDeque<Bytes>,
    is_held: bool,
    has_ended: bool,
    failed: Option<Status>,
}

type Polled = Poll<Option<Result<Frame<Bytes>, Status>>>;

impl Messages {
    /// The messages of a call that takes so many.
    pub(super) fn new(count: Count, body: Body, end: &CallEnd, limit: usize) -> Self {
        match count {
            Count::Any => Self::any(body, end.clone(), limit),
            Count::One => Self::one(body, limit),
        }
    }

    /// Any number of messages, each passed on as it comes.
    fn any(body: Body, end: CallEnd, limit: usize) -> Self {
        Self {
            body: RequestBody::new(body, end),
            framing: Framing::new(limit),
            first: None,
            rest: VecDeque::new(),
            is_held: false,
            has_ended: false,
            failed: None,
        }
    }

    /// One message, held back until the client has sent its last byte.
    ///
    /// It does not look at the end of the call: only the handler's future reads it, which ends with the call.
    fn one(body: Body, limit: usize) -> Self {
        Self { is_held: true, ..Self::any(body, CallEnd::NEVER, limit) }
    }

    fn poll_checked(&mut self, context: &mut Context<'_>) -> Polled {
        if let Some(status) = self.failed.take() {
            return Poll::Ready(Some(Err(status)));
        }
        match ready!(http_body::Body::poll_frame(Pin::new(&mut self.body), context)) {
            Some(Ok(frame)) => Poll::Ready(Some(self.follow(frame))),
            Some(Err(status)) => Poll::Ready(Some(Err(not_an_end(status)))),
            None => Poll::Ready(self.end().err().map(Err)),
        }
    }

    /// The frame. Of one that leads to a message over the limit, what comes before that message is passed on.
    fn follow(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, Status> {
        let Some(data) = frame.data_ref() else { return Ok(frame) };
        let Err(TooLong { good }) = self.framing.follow(data) else { return Ok(frame) };
        let status = Status::resource_exhausted("a message of the request is too long");
        if good == 0 {
            return Err(status);
        }
        self.failed = Some(status);
        Ok(Frame::data(data.slice(..good)))
    }

    fn end(&mut self) -> Result<(), Status> {
        match std::mem::replace(&mut self.has_ended, true) || self.framing.is_between_messages() {
            true => Ok(()),
            false => Err(Status::internal("the request ended inside a message")),
        }
    }

    fn poll_whole(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Status>> {
        while let Some(frame) = ready!(self.poll_checked(context)) {
            if let Ok(data) = frame?.into_data() {
                self.hold(data);
            }
            if self.framing.messages() > 1 {
                return Poll::Ready(Err(Status::unimplemented("the method takes one message, and several came")));
            }
            if http_body::Body::is_end_stream(&self.body) && self.framing.is_between_messages() {
                break;
            }
        }
        Poll::Ready(match self.framing.messages() {
            0 => Err(Status::unimplemented("the method takes one message, and none came")),
            _ => Ok(()),
        })
    }

    /// Most messages have one part, which needs no queue.
    fn hold(&mut self, data: Bytes) {
        match self.first {
            None => self.first = Some(data),
            Some(_) => self.rest.push_back(data),
        }
    }

    fn next_held(&mut self) -> Option<Bytes> {
        self.first.take().or_else(|| self.rest.pop_front())
    }
}

/// tonic takes CANCELLED for the end of the requests, and a handler would take what came for all there is.
fn not_an_end(status: Status) -> Status {
    match status.code() {
        Code::Cancelled => Status::aborted("the client cancelled the call"),
        _ => status,
    }
}

impl http_body::Body for Messages {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Polled {
        if self.is_held {
            let whole = ready!(self.poll_whole(context));
            self.is_held = false;
            if let Err(status) = whole {
                (self.first, self.rest) = (None, VecDeque::new());
                return Poll::Ready(Some(Err(status)));
            }
        }
        match self.next_held() {
            Some(data) => Poll::Ready(Some(Ok(Frame::data(data)))),
            None => self.poll_checked(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        !self.is_held
            && self.first.is_none()
            && self.rest.is_empty()
            && self.failed.is_none()
            && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, StreamBody};

    use super::*;

    fn body(frames: Vec<Result<Frame<Bytes>, Status>>) -> Body {
        Body::new(StreamBody::new(tokio_stream::iter(frames)))
    }

    #[tokio::test]
    async fn cancelled_request_is_an_error_and_not_the_end_of_the_stream() {
        let cancelled = || vec![Ok(Frame::data(Bytes::from_static(&[0; 5]))), Err(Status::cancelled("reset"))];
        let mut messages = Messages::any(body(cancelled()), CallEnd::NEVER, 100);
        assert!(messages.frame().await.unwrap().is_ok());
        assert_eq!(messages.frame().await.unwrap().unwrap_err().code(), Code::Aborted);
        let mut message = Messages::one(body(cancelled()), 100);
        assert_eq!(message.frame().await.unwrap().unwrap_err().code(), Code::Aborted);
    }

    #[tokio::test]
    async fn one_message_is_held_back_until_the_request_ends() {
        let parts = [&[0, 0][..], &[0, 0, 1], b"x"].map(|part| Ok(Frame::data(Bytes::from_static(part)))).into();
        let message = Messages::one(body(parts), 100).collect().await.unwrap().to_bytes();
        assert_eq!(message, &b"\0\0\0\0\x01x"[..]);
    }
}
