//! Measures the calls of a server.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response, header};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use super::call::Call;
use super::methods::Methods;
use super::telemetry::Telemetry;
use crate::scope::Running;

/// Measures every gRPC request that reaches the services. It is inside all other layers.
#[derive(Clone)]
pub(crate) struct TelemetryLayer {
    telemetry: Telemetry,
    methods: Methods,
}

impl TelemetryLayer {
    pub(crate) fn new(telemetry: Telemetry, methods: Methods) -> Self {
        Self { telemetry, methods }
    }

    fn start(&self, request: &mut Request<Body>) -> Running<Call> {
        let path = request.uri().path();
        let call = Call::received(&self.telemetry, self.methods.label(path), path, request.headers());
        request.extensions_mut().insert(call.measurement());
        Running::new(call)
    }
}

impl<S> Layer<S> for TelemetryLayer {
    type Service = Measured<S>;

    fn layer(&self, inner: S) -> Measured<S> {
        Measured { inner, layer: self.clone() }
    }
}

/// A service whose calls are measured.
#[derive(Clone)]
pub(crate) struct Measured<S> {
    inner: S,
    layer: TelemetryLayer,
}

impl<S> Service<Request<Body>> for Measured<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if !is_grpc(&request) {
            return Box::pin(self.inner.call(request));
        }
        let running = self.layer.start(&mut request);
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = running.run(async { answer.await.map_err(|never| match never {}) }).await;
            Ok(answer.unwrap_or_else(|status: Status| status.into_http()))
        })
    }
}

fn is_grpc(request: &Request<Body>) -> bool {
    let media_type = request.headers().get(header::CONTENT_TYPE);
    media_type.is_some_and(|media_type| media_type.as_bytes().starts_with(b"application/grpc"))
}
