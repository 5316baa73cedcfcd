//! The form of a gRPC request, checked before its credential.

use http::request::Parts;
use http::{Method, header};

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
