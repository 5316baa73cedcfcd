//! Responses of a gate, and the futures that yield them.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use tonic::body::Body;

use crate::rejections::Delay;

/// The HTTP response of a service.
pub type Answer = http::Response<Body>;

/// The handler of an admitted call, until it answers.
pub type HandlerFuture = BoxFuture<Answer>;

pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The future of a gate's response. A refusal is ready at once; an admitted call runs its handler.
pub struct ResponseFuture(State);

enum State {
    Ready(Ready<Answer>),
    Running(BoxFuture<Answer>),
}

impl ResponseFuture {
    pub(crate) fn ready(answer: Answer) -> Self {
        Self(State::Ready(ready(answer)))
    }

    pub(crate) fn running(future: BoxFuture<Answer>) -> Self {
        Self(State::Running(future))
    }

    /// Whether the response is there, without a delay.
    pub(crate) fn is_answered(&self) -> bool {
        matches!(self.0, State::Ready(_))
    }

    /// The response, after a delay.
    pub(super) fn after(self, delay: Option<Delay>) -> Self {
        let Some(delay) = delay else { return self };
        Self::running(Box::pin(async move {
            delay.wait().await;
            let Ok(answer) = self.await;
            answer
        }))
    }
}

impl Future for ResponseFuture {
    type Output = Result<Answer, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Ready(answer) => Pin::new(answer).poll(context).map(Ok),
            State::Running(future) => future.as_mut().poll(context).map(Ok),
        }
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
