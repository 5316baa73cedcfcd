//! Routes of others beside the services.

use std::convert::Infallible;
use std::fmt;

use bytes::Bytes;
use http::{Request, header};
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tower::{BoxError, Service, ServiceExt, service_fn};

use super::layers::{Layered, hide_credentials};

/// Routes that no gate stands in front of. Only [`danger::ungated`](crate::danger::ungated) makes one.
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

    /// `routes`, and these for whatever is neither theirs nor gRPC.
    pub(super) fn beside(self, routes: Routes) -> Routes {
        let fallback = service_fn(move |request: Request<_>| {
            let routes = self.0.clone();
            let request = request.map(Body::new);
            async move {
                if is_grpc(&request) {
                    return Ok(Status::unimplemented("").into_http());
                }
                routes.oneshot(hide_credentials(request)).await
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

/// Any media type of the family. An ungated gRPC server is not to be had by calling it a route.
fn is_grpc(request: &Request<Body>) -> bool {
    let types = request.headers().get_all(header::CONTENT_TYPE);
    types.iter().any(|value| {
        value.as_bytes().get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX.as_bytes()))
    })
}

const PREFIX: &str = "application/grpc";
