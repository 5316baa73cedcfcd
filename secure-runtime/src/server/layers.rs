//! Tower layers around all services and routes.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, Request, header};
use tonic::body::Body;
use tower::util::{BoxCloneSyncService, MapRequest};
use tower::{BoxError, Layer, Service};

use super::layer_errors::AnswerErrors;
use crate::gate::Answer;

/// Routes inside layers, with the type erased.
pub(super) type Layered = BoxCloneSyncService<Request<Body>, Answer, Infallible>;

/// Layers, outermost first.
#[derive(Default)]
pub(super) struct Layers(Vec<Box<dyn FnOnce(Layered) -> Layered + Send>>);

impl Layers {
    pub(super) fn push<L, B>(&mut self, layer: L)
    where
        L: Layer<Layered> + Send + 'static,
        L::Service: Service<Request<Body>, Response = http::Response<B>, Error: Into<BoxError>, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        self.0.push(Box::new(move |inner| Layered::new(AnswerErrors::new(layer.layer(inner)))));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn wrap(self, routes: Layered, credentials: CredentialHeaders) -> Layered {
        let layered = self.0.into_iter().rfold(routes, |inner, layer| layer(inner));
        Layered::new(MapRequest::new(layered, move |request| credentials.mark_sensitive(request)))
    }
}

/// The headers with credentials: of HTTP, and of the gates.
#[derive(Clone)]
pub(super) struct CredentialHeaders(Arc<[HeaderName]>);

impl CredentialHeaders {
    pub(super) fn new(of_gates: Vec<HeaderName>) -> Self {
        Self([header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION].into_iter().chain(of_gates).collect())
    }

    /// Marks the values as sensitive, so that printing the headers does not print them.
    pub(super) fn mark_sensitive(&self, mut request: Request<Body>) -> Request<Body> {
        for name in &*self.0 {
            if let header::Entry::Occupied(mut values) = request.headers_mut().entry(name) {
                values.iter_mut().for_each(|value| value.set_sensitive(true));
            }
        }
        request
    }
}
