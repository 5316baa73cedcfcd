//! Finds the service that a request is for, by the path of the request.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Request;
use tonic::body::Body;
use tower::Service;

use super::fallback::Fallback;
use crate::gate::{Answer, AnyService, ResponseFuture};

/// The services of a server, and the fallback for requests that are for none of them. Cloning is cheap.
///
/// A router for patterns would cost each call several allocations. Services have fixed names.
#[derive(Clone)]
pub(super) struct Routes(Arc<Table>);

struct Table {
    /// Sorted by name.
    services: Vec<(&'static str, AnyService)>,
    fallback: Fallback,
}

impl Routes {
    /// Routes to services with different names.
    pub(super) fn new(mut services: Vec<(&'static str, AnyService)>, fallback: Fallback) -> Self {
        services.sort_unstable_by_key(|(name, _)| *name);
        Self(Arc::new(Table { services, fallback }))
    }

    pub(super) fn answer(&self, request: Request<Body>) -> ResponseFuture {
        match self.0.service(request.uri().path()) {
            Some(service) => service.answer(request),
            None => self.0.fallback.answer(request),
        }
    }
}

impl Table {
    /// The service in the path `/<service>/<method>`. It is compared byte for byte.
    fn service(&self, path: &str) -> Option<&AnyService> {
        let (name, method) = path.strip_prefix('/')?.split_once('/')?;
        let place = self.services.binary_search_by_key(&name, |(name, _)| name).ok()?;
        (!method.is_empty()).then(|| &self.services[place].1)
    }
}

impl Service<Request<Body>> for Routes {
    type Response = Answer;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> ResponseFuture {
        self.answer(request)
    }
}
