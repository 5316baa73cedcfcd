//! Routes without a gate, served beside the gRPC services.

use std::convert::Infallible;
use std::fmt;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use tonic::Status;
use tonic::body::Body;
use tower::{BoxError, Service, ServiceExt};

use super::layers::{CredentialHeaders, Layered};
use super::media_type::is_grpc;
use super::room::{with_room, with_room_for_body};
use crate::connection::Vouched;
use crate::gate::ResponseFuture;
use crate::usage::Room;

/// Routes without a gate, for [`Server::fallback`](crate::Server::fallback). Only
/// [`danger::ungated`](crate::danger::ungated) creates one.
#[derive(Clone)]
pub struct Ungated(Layered);

impl Ungated {
    pub(crate) fn new<S, B>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>, Error = Infallible, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        Self(Layered::new(service.map_response(|answer| answer.map(Body::new))))
    }
}

/// Answers requests that are for no added service.
pub(super) enum Fallback {
    /// 404, where tonic would answer 200, which reads as healthy.
    NotFound,
    /// These routes, unless the request is gRPC.
    Ungated(Ungated, CredentialHeaders),
}

impl Fallback {
    /// Answers a request. A gRPC request is UNIMPLEMENTED.
    pub(super) fn answer(&self, request: Request<Body>) -> ResponseFuture {
        if is_grpc(request.headers()) {
            return ResponseFuture::ready(Status::unimplemented("unknown service").into_http());
        }
        match self {
            Self::NotFound => ResponseFuture::ready(empty(StatusCode::NOT_FOUND)),
            Self::Ungated(Ungated(routes), credentials) => {
                let (routes, request) = (routes.clone(), credentials.mark_sensitive(request));
                let room = Vouched::usage(request.extensions()).cloned().map(Room::new);
                ResponseFuture::running(Box::pin(async move {
                    let Ok(answer) = with_room(room.clone(), routes.oneshot(request)).await;
                    with_room_for_body(withhold_grpc(answer), room)
                }))
            }
        }
    }
}

/// A gRPC server among the routes answers requests of any content type, and no gate stands in front of it.
fn withhold_grpc(answer: Response<Body>) -> Response<Body> {
    if !is_grpc(answer.headers()) {
        return answer;
    }
    tracing::error!(
        "a route of `danger::ungated` is a gRPC service, and its answer is withheld: mount it with `Gated` or \
         `danger::public`"
    );
    empty(StatusCode::NOT_IMPLEMENTED)
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer
}

impl fmt::Debug for Ungated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ungated").finish_non_exhaustive()
    }
}
