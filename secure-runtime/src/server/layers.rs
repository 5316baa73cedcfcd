//! Tower layers around all services and routes.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, header};
use tonic::body::Body;
use tonic::service::Routes;
use tower::util::{BoxCloneSyncService, Either, MapRequest};
use tower::{BoxError, Layer, Service, ServiceExt};

use crate::gate::Answer;

/// The service that answers requests: the routes, or the routes inside layers.
pub(super) type App = Either<Routes, Layered>;

/// Routes inside layers, with the type erased.
pub(super) type Layered = BoxCloneSyncService<Request<Body>, Answer, Infallible>;

/// Layers, outermost first.
#[derive(Default)]
pub(super) struct Layers(Vec<Box<dyn FnOnce(Layered) -> Layered + Send>>);

impl Layers {
    pub(super) fn push<L, B>(&mut self, layer: L)
    where
        L: Layer<Layered> + Send + 'static,
        L::Service: Service<Request<Body>, Response = http::Response<B>, Error = Infallible, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        self.0
            .push(Box::new(move |inner| Layered::new(layer.layer(inner).map_response(|answer| answer.map(Body::new)))));
    }

    pub(super) fn wrap(self, routes: Routes) -> App {
        if self.0.is_empty() {
            return Either::Left(routes);
        }
        let layered = self.0.into_iter().rfold(Layered::new(routes), |inner, layer| layer(inner));
        Either::Right(Layered::new(MapRequest::new(layered, mark_credentials_sensitive)))
    }
}

/// Marks credential headers as sensitive, so that printing the headers does not print them.
pub(super) fn mark_credentials_sensitive(mut request: Request<Body>) -> Request<Body> {
    for name in [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION] {
        if let header::Entry::Occupied(mut values) = request.headers_mut().entry(name) {
            values.iter_mut().for_each(|value| value.set_sensitive(true));
        }
    }
    request
}
