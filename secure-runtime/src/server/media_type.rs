//! The media types of gRPC.

use http::{HeaderMap, header};

/// Whether the content type is any gRPC media type, so that no gRPC server can be mounted without a gate.
pub(super) fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_TYPE).iter().any(|value| {
        value
            .as_bytes()
            .get(..GRPC_MEDIA_TYPE_PREFIX.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(GRPC_MEDIA_TYPE_PREFIX.as_bytes()))
    })
}

const GRPC_MEDIA_TYPE_PREFIX: &str = "application/grpc";
