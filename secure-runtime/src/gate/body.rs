//! Bodies of requests and responses that a refusal can end early.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use super::answer::BoxFuture;
use crate::authz::Denial;

/// A request body without trailers. gRPC requests have none, and tonic would merge them into the metadata after the
/// gate checked it.
#[derive(Debug)]
pub(crate) struct RequestBody(Body);

impl RequestBody {
    pub(super) fn new(body: Body) -> Self {
        Self(body)
    }
}

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        match ready!(Pin::new(&mut self.0).poll_frame(context)) {
            Some(Ok(frame)) if frame.is_trailers() => Poll::Ready(None),
            frame => Poll::Ready(frame),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// A body that ends with a refusal, if one comes before its own end.
pub(super) struct Ending {
    state: Option<(Body, BoxFuture<Denial>)>,
    last: fn(Status) -> Result<Frame<Bytes>, Status>,
}

impl Ending {
    /// A request that yields the refusal as its last item.
    pub(super) fn of_request(body: Body, end: impl Future<Output = Denial> + Send + 'static) -> Body {
        Self::of(body, end, Err)
    }

    /// A response whose trailers are the refusal.
    pub(super) fn of_response(body: Body, end: impl Future<Output = Denial> + Send + 'static) -> Body {
        Self::of(body, end, |status| trailers(&status).map(Frame::trailers))
    }

    fn of(
        body: Body,
        end: impl Future<Output = Denial> + Send + 'static,
        last: fn(Status) -> Result<Frame<Bytes>, Status>,
    ) -> Body {
        match http_body::Body::is_end_stream(&body) {
            true => body,
            false => Body::new(Self { state: Some((body, Box::pin(end))), last }),
        }
    }

    fn end(&mut self, denial: Denial) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.state = None;
        Poll::Ready(Some((self.last)(denial.into())))
    }
}

impl http_body::Body for Ending {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some((body, end)) = &mut self.state else { return Poll::Ready(None) };
        let mut end = |context: &mut Context<'_>| end.as_mut().poll(context);
        if let Poll::Ready(denial) = end(context) {
            return self.end(denial);
        }
        let frame = Pin::new(body).poll_frame(context);
        // Reading the frame may have caused the refusal: the decoder checks requests while it reads.
        match frame.is_ready().then(|| end(context)) {
            Some(Poll::Ready(denial)) => self.end(denial),
            Some(Poll::Pending) | None => frame,
        }
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
