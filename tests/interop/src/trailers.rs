//! Trailers of a call that ends well, for which tonic has no place, and the metadata that gRPC's interop tests want back.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, HeaderName, Request, Response};
use http_body_util::BodyExt as _;
use tonic::body::Body;
use tower::{Layer, Service};

/// A handler leaves these in the extensions of its response.
#[derive(Clone, Debug)]
pub struct Trailers(pub HeaderMap);

/// Sends [`Trailers`], and echoes the metadata of the interop case `custom_metadata`.
#[derive(Clone, Copy, Debug)]
pub struct TrailersLayer;

/// What [`TrailersLayer`] makes.
#[derive(Clone, Debug)]
pub struct WithTrailers<S>(S);

impl<S> Layer<S> for TrailersLayer {
    type Service = WithTrailers<S>;

    fn layer(&self, inner: S) -> WithTrailers<S> {
        WithTrailers(inner)
    }
}

const INITIAL: HeaderName = HeaderName::from_static("x-grpc-test-echo-initial");
const TRAILING: HeaderName = HeaderName::from_static("x-grpc-test-echo-trailing-bin");

impl<S> Service<Request<Body>> for WithTrailers<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let initial = request.headers().get(INITIAL).cloned();
        let trailing = request.headers().get(TRAILING).cloned();
        let answer = self.0.call(request);
        Box::pin(async move {
            let mut answer = answer.await?;
            answer.headers_mut().extend(initial.map(|value| (INITIAL, value)));
            let trailers = answer.extensions_mut().remove::<Trailers>();
            let mut trailers = trailers.map(|Trailers(trailers)| trailers).unwrap_or_default();
            trailers.extend(trailing.map(|value| (TRAILING, value)));
            if trailers.is_empty() {
                return Ok(answer);
            }
            Ok(answer.map(|body| Body::new(body.with_trailers(async move { Some(Ok(trailers)) }))))
        })
    }
}
