//! Bodies of requests and responses that a refusal can end early.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use super::end::{CallEnd, EndReason};

/// A request body without trailers. gRPC requests have none, and tonic would merge them into the metadata after the
/// gate checked it. If the call ends early, the last item is the refusal.
#[derive(Debug)]
pub(crate) struct RequestBody(Ending);

impl RequestBody {
    pub(super) fn new(body: Body, end: CallEnd) -> Self {
        Self(Ending { body: Some(body), end: end.without_room() })
    }
}

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        match ready!(self.0.poll_frame(context)) {
            Err(reason) => Poll::Ready(Some(Err(reason.into()))),
            Ok(Some(Ok(frame))) if frame.is_trailers() => Poll::Ready(None),
            Ok(frame) => Poll::Ready(frame),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// A response body whose trailers are the refusal, if the call ends early.
#[derive(Debug)]
pub(super) struct ResponseBody(Ending);

impl ResponseBody {
    /// The body, which ends with `end`. A body without frames stays as it is.
    pub(super) fn until(body: Body, end: CallEnd) -> Body {
        match http_body::Body::is_end_stream(&body) {
            true => body,
            false => Body::new(Self(Ending { body: Some(body), end })),
        }
    }
}

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        match ready!(self.0.poll_frame(context)) {
            Err(reason) => Poll::Ready(Some(trailers(&reason.into()).map(Frame::trailers))),
            Ok(frame) => Poll::Ready(frame),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// A body, until the call ends early.
#[derive(Debug)]
struct Ending {
    body: Option<Body>,
    end: CallEnd,
}

impl Ending {
    /// The next frame, or the refusal that ends the body.
    #[expect(clippy::type_complexity, reason = "the frame is as `http_body` has it")]
    fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Result<Frame<Bytes>, Status>>, EndReason>> {
        let Some(body) = &mut self.body else { return Poll::Ready(Ok(None)) };
        let frame = self.end.poll_work(context, |context| http_body::Body::poll_frame(Pin::new(body), context));
        if frame.is_pending() {
            return self.poll_ended(context).map(Err);
        }
        // Reading the frame may have caused the refusal: the decoder checks requests while it reads.
        match self.end.reached() {
            Some(reason) => {
                self.body = None;
                Poll::Ready(Err(reason))
            }
            None => frame.map(Ok),
        }
    }

    /// Why the call has ended early, if it has.
    fn poll_ended(&mut self, context: &mut Context<'_>) -> Poll<EndReason> {
        let reason = ready!(self.end.poll_reached(context));
        self.body = None;
        Poll::Ready(reason)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, http_body::Body::size_hint)
    }
}

fn trailers(status: &Status) -> Result<HeaderMap, Status> {
    let mut trailers = HeaderMap::new();
    status.add_header(&mut trailers)?;
    Ok(trailers)
}
