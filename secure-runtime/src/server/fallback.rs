//! Routes without a gate, served beside the gRPC services.

use std::convert::Infallible;
use std::fmt;

use bytes::Bytes;
use http::{Request, header};
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tower::{BoxError, Service, ServiceExt, service_fn};

use super::layers::{Layered, mark_credentials_sensitive};

/// Routes without a gate, for [`Server::fallback`](crate::Server::fallback). Only
/// [`danger::ungated`](crate::danger::ungated) creates one.
#[derive(Clone)]
pub struct Ungated(Layered);

impl Ungated {
    pub(crate) fn new<S, B>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = http::Response<B>, Error = Infallible, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        Self(Layered::new(service.map_response(|answer| answer.map(Body::new))))
    }

    /// Serves these routes for requests that are neither gRPC nor for a path of `routes`.
    pub(super) fn add_to(self, routes: Routes) -> Routes {
        let fallback = service_fn(move |request: Request<_>| {
            let routes = self.0.clone();
            let request = request.map(Body::new);
            async move {
                if is_grpc(&request) {
                    return Ok(Status::unimplemented("").into_http());
                }
                routes.oneshot(mark_credentials_sensitive(request)).await
            }
        });
        Routes::from(routes.into_axum_router().fallback_service(fallback))
    }
}

impl fmt::Debug for Ungated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ungated").finish_non_exhaustive()
    }
}

/// Whether the content type is any gRPC media type, so that no gRPC server can be mounted without a gate.
fn is_grpc(request: &Request<Body>) -> bool {
    let types = request.headers().get_all(header::CONTENT_TYPE);
    types.iter().any(|value| {
        value
            .as_bytes()
            .get(..GRPC_MEDIA_TYPE_PREFIX.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(GRPC_MEDIA_TYPE_PREFIX.as_bytes()))
    })
}

const GRPC_MEDIA_TYPE_PREFIX: &str = "application/grpc";
