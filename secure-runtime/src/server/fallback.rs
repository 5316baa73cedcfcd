//! Routes without a gate, served beside the gRPC services.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tower::{BoxError, Service, ServiceExt, service_fn};

use super::layers::{CredentialHeaders, Layered};
use super::media_type::is_grpc;

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

    /// Serves these routes for requests that are neither gRPC nor for a path of `routes`.
    pub(super) fn add_to(self, routes: Routes, credentials: CredentialHeaders) -> Routes {
        beside(routes, move |request| {
            let (routes, request) = (self.0.clone(), credentials.mark_sensitive(request));
            async move { routes.oneshot(request).await.map(withhold_grpc) }
        })
    }
}

/// Answers with 404 what is neither gRPC nor for a path of `routes`. tonic would answer 200, which reads as healthy.
pub(super) fn not_found(routes: Routes) -> Routes {
    beside(routes, |_| async {
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = StatusCode::NOT_FOUND;
        Ok(answer)
    })
}

/// Adds what answers requests that are not gRPC. A gRPC request that belongs to no service is UNIMPLEMENTED.
fn beside<F, Fut>(routes: Routes, fallback: F) -> Routes
where
    F: Fn(Request<Body>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Response<Body>, Infallible>> + Send + 'static,
{
    let fallback = service_fn(move |request: Request<_>| {
        let request = request.map(Body::new);
        let answer = (!is_grpc(request.headers())).then(|| fallback(request));
        async move {
            match answer {
                Some(answer) => answer.await,
                None => Ok(Status::unimplemented("unknown service").into_http()),
            }
        }
    });
    Routes::from(routes.into_axum_router().fallback_service(fallback))
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
    let mut withheld = Response::new(Body::empty());
    *withheld.status_mut() = StatusCode::NOT_IMPLEMENTED;
    withheld
}

impl fmt::Debug for Ungated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ungated").finish_non_exhaustive()
    }
}
