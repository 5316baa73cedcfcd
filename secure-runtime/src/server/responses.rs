//! The calls of one connection, and what their responses may take.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tonic::body::Body;
use tower::{Layer, Service};

use super::activity::{Activity, RunningCall};
use super::response_body::ResponseBody;
use super::unsent::Unsent;

/// A layer that counts the calls of one connection, and holds them up while their client leaves too much unread. A call runs
/// until its response body is dropped.
#[derive(Clone)]
pub(super) struct LimitResponses {
    activity: Arc<Activity>,
    unsent: Arc<Unsent>,
}

/// A service whose responses are limited.
#[derive(Clone)]
pub(super) struct Limited<S> {
    inner: S,
    limits: LimitResponses,
}

pin_project! {
    /// A call that has no response yet.
    pub(super) struct Answering<F> {
        #[pin]
        future: F,
        call: Option<RunningCall>,
        unsent: Arc<Unsent>,
    }
}

impl LimitResponses {
    pub(super) fn new(activity: Arc<Activity>, unsent: Arc<Unsent>) -> Self {
        Self { activity, unsent }
    }
}

impl<S> Layer<S> for LimitResponses {
    type Service = Limited<S>;

    fn layer(&self, inner: S) -> Limited<S> {
        Limited { inner, limits: self.clone() }
    }
}

impl<S> Service<Request<Body>> for Limited<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
{
    type Response = Response<ResponseBody>;
    type Error = S::Error;
    type Future = Answering<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let LimitResponses { activity, unsent } = &self.limits;
        let call = Some(activity.begin());
        Answering { future: self.inner.call(request), call, unsent: Arc::clone(unsent) }
    }
}

impl<F, E> Future for Answering<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<ResponseBody>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        // An answer that nobody reads yet is memory, so its handler waits, too.
        ready!(this.unsent.poll_room(context));
        let answer = ready!(this.future.poll(context))?;
        let (call, unsent) = (this.call.take(), Arc::clone(this.unsent));
        Poll::Ready(Ok(answer.map(|body| ResponseBody::new(body, unsent, call))))
    }
}
