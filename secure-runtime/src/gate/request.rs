//! What a gRPC request must look like before anybody asks who sends it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::request::Parts;
use http::{Method, header};
use http_body::{Frame, SizeHint};
use tonic::body::Body;

use super::expiry::Expiry;
use crate::authz::Denial;

/// Checks method, content type and query (gRPC over HTTP/2, "Requests").
pub(super) fn check(head: &Parts) -> Result<(), Denial> {
    if head.method != Method::POST || !is_grpc(head) {
        return Err(Denial::MalformedRequest);
    }
    // A query is no part of a gRPC path; routers before us may have dropped it when they chose the service.
    if head.uri.query().is_some() { Err(Denial::UnknownMethod) } else { Ok(()) }
}

/// `application/grpc` or `application/grpc+proto`, with or without parameters; anything else is another protocol.
fn is_grpc(head: &Parts) -> bool {
    let mut values = head.headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let media_type = value.as_bytes().split(|byte| *byte == b';').next();
    matches!(media_type, Some(b"application/grpc" | b"application/grpc+proto"))
}

/// A request body without its trailers: gRPC has none, and tonic would merge them over the checked metadata.
#[derive(Debug)]
pub(crate) struct RequestBody(Body);

impl RequestBody {
    /// Ends with `expiry`, too.
    pub(super) fn new<B>(body: B, expiry: Expiry) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<tower::BoxError>,
    {
        Self(expiry.request(Body::new(body)))
    }
}

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = tonic::Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, tonic::Status>>> {
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
