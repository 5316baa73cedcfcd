//! What a response must hold, which tonic does not check:
//!
//! 1. It arrives before the deadline of the call, to its last byte.
//! 2. It is compressed in no way that the request did not offer.
//! 3. It ends with a status, and not inside a message.
//! 4. It has exactly one message if the method is not server-streaming.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode, header};
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{BoxError, Service};

use super::broken::as_unavailable;
use super::measures::ClientCall;
use crate::framing::Framing;

/// How many messages a response has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Messages {
    Any,
    One,
}

/// When the deadline of a call is over: an extension of its request.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallEnd(pub(super) Instant);

/// A channel whose responses are checked.
#[derive(Clone, Debug)]
pub(super) struct Checked<C> {
    pub(super) channel: C,
    pub(super) messages: Messages,
    pub(super) limit: usize,
    pub(super) path: &'static str,
    pub(super) measures: ClientCall,
}

impl<C> Service<http::Request<Body>> for Checked<C>
where
    C: Service<http::Request<Body>, Response = http::Response<Body>, Error: Into<BoxError>, Future: Send + 'static>,
{
    type Response = http::Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Status>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Status>> {
        self.channel.poll_ready(context).map_err(|error| Status::from_error(error.into()))
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let measured = self.measures.start(self.path, request.headers_mut());
        let end = request.extensions().get().map(|CallEnd(end)| *end);
        let accepted = request.headers().get(ACCEPT_ENCODING).cloned();
        let (messages, framing) = (self.messages, Framing::new(self.limit));
        let response = self.channel.call(request);
        let checked = async move {
            let response = match end {
                Some(end) => timeout_at(end, response).await.map_err(|_| late())?,
                None => response.await,
            };
            // tonic has a timer of its own, and another status for it.
            let response = response.map_err(|error| ended_by(end, Status::from_error(error.into())))?;
            check_encoding(response.headers(), accepted.as_ref().map_or(b"", |accepted| accepted.as_bytes()))?;
            CheckedBody::wrap(response, messages, framing, end)
        };
        match measured {
            Some(measured) => Box::pin(measured.run(checked)),
            None => Box::pin(checked),
        }
    }
}

pub(super) fn late() -> Status {
    Status::deadline_exceeded("the deadline of the call is over")
}

/// DEADLINE_EXCEEDED for whatever ended a call after its deadline.
fn ended_by(end: Option<Instant>, status: Status) -> Status {
    if end.is_some_and(|end| end <= Instant::now()) { late() } else { status }
}

fn check_encoding(headers: &HeaderMap, accepted: &[u8]) -> Result<(), Status> {
    let Some(encoding) = headers.get(ENCODING) else { return Ok(()) };
    let mut accepted = accepted.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).chain([&b"identity"[..]]);
    if accepted.any(|accepted| accepted == encoding.as_bytes()) {
        return Ok(());
    }
    Err(Status::internal("the response is compressed in a way that was not offered"))
}

/// The body of a response, checked as it is read.
struct CheckedBody {
    body: Body,
    framing: Framing,
    messages: Messages,
    end: Option<(Instant, Pin<Box<Sleep>>)>,
    /// The status in the headers, which counts only if nothing follows them.
    early_status: HeaderMap,
    is_over: bool,
}

type Polled = Option<Result<Frame<Bytes>, Status>>;

impl CheckedBody {
    fn wrap(
        response: http::Response<Body>,
        messages: Messages,
        framing: Framing,
        end: Option<Instant>,
    ) -> Result<http::Response<Body>, Status> {
        // The status of a response that is no gRPC is that of HTTP. The call does not wait for its body, such as the page of a
        // proxy.
        if response.status() != StatusCode::OK {
            return Ok(response.map(|_| Body::empty()));
        }
        let (mut head, body) = response.into_parts();
        if !is_grpc(&head.headers) {
            return Err(Status::unknown("the response is no gRPC"));
        }
        if http_body::Body::is_end_stream(&body) {
            check_end(&head.headers, messages, &framing)?;
            return Ok(http::Response::from_parts(head, body));
        }
        let early_status = STATUS.into_iter().filter_map(|name| head.headers.remove(&name).map(|value| (name, value)));
        let early_status = early_status.collect();
        let end = end.map(|end| (end, Box::pin(sleep_until(end))));
        let body = Self { body, framing, messages, end, early_status, is_over: false };
        Ok(http::Response::from_parts(head, Body::new(body)))
    }

    fn is_late(&mut self, context: &mut Context<'_>) -> bool {
        self.end.as_mut().is_some_and(|(_, sleep)| sleep.as_mut().poll(context).is_ready())
    }

    fn check(&mut self, polled: Polled) -> Polled {
        match polled {
            Some(Ok(frame)) => Some(match (frame.data_ref(), frame.trailers_ref()) {
                (Some(data), _) => self.check_data(data).map(|()| frame),
                (_, Some(trailers)) => check_end(trailers, self.messages, &self.framing).map(|()| frame),
                (None, None) => Ok(frame),
            }),
            Some(Err(status)) => Some(Err(ended_by(self.end.as_ref().map(|(end, _)| *end), as_unavailable(status)))),
            None => {
                let early = std::mem::take(&mut self.early_status);
                let is_alone = self.framing.messages() == 0;
                let trailers = if is_alone { early } else { HeaderMap::new() };
                Some(check_end(&trailers, self.messages, &self.framing).map(|()| Frame::trailers(trailers)))
            }
        }
    }

    fn check_data(&mut self, data: &[u8]) -> Result<(), Status> {
        self.framing.follow(data).map_err(|_| Status::resource_exhausted("a message of the response is too long"))?;
        match (self.messages, self.framing.messages()) {
            (Messages::One, 2..) => Err(Status::unimplemented("the response has several messages instead of one")),
            _ => Ok(()),
        }
    }
}

fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

/// Checks the last headers of a response. A call that failed may end anywhere.
fn check_end(trailers: &HeaderMap, messages: Messages, framing: &Framing) -> Result<(), Status> {
    let Some(status) = Status::from_header_map(trailers) else {
        return Err(Status::internal("the response ended without a status"));
    };
    if status.code() != Code::Ok {
        return Ok(());
    }
    if !framing.is_between_messages() {
        return Err(Status::internal("the response ended inside a message"));
    }
    match (messages, framing.messages()) {
        (Messages::One, 0) => Err(Status::unimplemented("the response has no message")),
        _ => Ok(()),
    }
}

impl http_body::Body for CheckedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Polled> {
        if self.is_over {
            return Poll::Ready(None);
        }
        if self.is_late(context) {
            self.is_over = true;
            return Poll::Ready(Some(Err(late())));
        }
        let polled = ready!(Pin::new(&mut self.body).poll_frame(context));
        let checked = self.check(polled);
        self.is_over = !matches!(&checked, Some(Ok(frame)) if frame.is_data());
        Poll::Ready(checked)
    }

    fn is_end_stream(&self) -> bool {
        self.is_over
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const STATUS: [HeaderName; 3] = [
    HeaderName::from_static("grpc-status"),
    HeaderName::from_static("grpc-message"),
    HeaderName::from_static("grpc-status-details-bin"),
];
