//! The calls of one connection, and what their responses may take.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::Response;
use pin_project_lite::pin_project;
use tokio_util::either::Either;
use tonic::body::Body;

use super::activity::{Activity, RunningCall};
use super::response_body::ResponseBody;
use super::unsent::Unsent;
use crate::gate::ResponseFuture;

/// Counts the calls of one connection, and what their client has not read yet. A call runs until its response body is
/// dropped.
pub(super) struct LimitResponses {
    activity: Arc<Activity>,
    unsent: Arc<Unsent>,
}

pin_project! {
    /// A call that has no response yet.
    pub(super) struct Answering<F> {
        #[pin]
        future: F,
        // The response takes them with it.
        limits: Option<(RunningCall, Arc<Unsent>)>,
    }
}

impl LimitResponses {
    pub(super) fn new(activity: Arc<Activity>, unsent: Arc<Unsent>) -> Self {
        Self { activity, unsent }
    }

    /// A call, beside those whose responses are limited.
    pub(super) fn begin(&self) -> RunningCall {
        self.activity.begin()
    }

    /// A call whose response will be the output of `future`.
    pub(super) fn limit<F>(&self, future: F) -> Answering<F> {
        Answering { future, limits: Some((self.activity.begin(), Arc::clone(&self.unsent))) }
    }
}

impl<F> Answering<Either<ResponseFuture, F>> {
    /// Whether the response is there.
    pub(super) fn is_answered(&self) -> bool {
        matches!(&self.future, Either::Left(future) if future.is_answered())
    }
}

impl<F, E> Future for Answering<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<ResponseBody>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answer = ready!(this.future.poll(context))?;
        let (call, unsent) = this.limits.take().expect("a future is not polled after it is ready");
        Poll::Ready(Ok(answer.map(|body| ResponseBody::new(body, unsent, Some(call)))))
    }
}
