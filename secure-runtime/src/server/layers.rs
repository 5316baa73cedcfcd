//! Layers of others around everything, and what they cannot change.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, header};
use tonic::body::Body;
use tonic::service::Routes;
use tower::util::{BoxCloneSyncService, Either, MapRequest};
use tower::{BoxError, Layer, Service, ServiceExt};

use crate::gate::Answer;

/// What answers requests: the routes as they are, or behind layers.
pub(super) type App = Either<Routes, Layered>;

/// Whatever is around the routes.
pub(super) type Layered = BoxCloneSyncService<Request<Body>, Answer, Infallible>;

/// Layers, the outermost first.
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

    pub(super) fn around(self, routes: Routes) -> App {
        if self.0.is_empty() {
            return Either::Left(routes);
        }
        let layered = self.0.into_iter().rfold(Layered::new(routes), |inner, layer| layer(inner));
        Either::Right(Layered::new(MapRequest::new(layered, hide_credentials)))
    }
}

/// Whoever prints the headers of a request does not print its credential.
pub(super) fn hide_credentials(mut request: Request<Body>) -> Request<Body> {
    for name in [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION] {
        if let header::Entry::Occupied(mut values) = request.headers_mut().entry(name) {
            values.iter_mut().for_each(|value| value.set_sensitive(true));
        }
    }
    request
}
