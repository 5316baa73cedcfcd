//! Responses for layers that fail, such as timeouts and load shedding of tower.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::load_shed::error::Overloaded;
use tower::timeout::error::Elapsed;
use tower::{BoxError, Service};

use super::media_type::is_grpc;
use crate::gate::Answer;

/// Answers with a status where the inner service fails.
#[derive(Clone)]
pub(super) struct AnswerErrors<S> {
    inner: S,
    /// Why the inner service takes no requests.
    not_ready: Option<Status>,
}

impl<S> AnswerErrors<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner, not_ready: None }
    }
}

impl<S, B> Service<Request<Body>> for AnswerErrors<S>
where
    S: Service<Request<Body>, Response = Response<B>, Error: Into<BoxError>, Future: Send + 'static>,
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context).map(|readiness| {
            self.not_ready = readiness.err().map(|error| status(error.into()));
            Ok(())
        })
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let is_grpc = is_grpc(request.headers());
        if let Some(status) = self.not_ready.take() {
            return Box::pin(ready(Ok(answer(status, is_grpc))));
        }
        let answering = self.inner.call(request);
        Box::pin(async move {
            Ok(match answering.await {
                Ok(response) => response.map(Body::new),
                Err(error) => answer(status(error.into()), is_grpc),
            })
        })
    }
}

/// A client that does not speak gRPC reads the HTTP status.
fn answer(status: Status, is_grpc: bool) -> Answer {
    if is_grpc {
        return status.into_http();
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = match status.code() {
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::ResourceExhausted | Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    response
}

fn status(error: BoxError) -> Status {
    if has_cause::<Elapsed>(&error) {
        return Status::deadline_exceeded("the server has no more time for the call");
    }
    if has_cause::<Overloaded>(&error) {
        return Status::resource_exhausted("the server has too many calls");
    }
    match error.downcast::<Status>() {
        Ok(status) => *status,
        Err(error) => {
            tracing::warn!(error, "a layer failed");
            Status::internal("internal error")
        }
    }
}

fn has_cause<E: std::error::Error + 'static>(error: &BoxError) -> bool {
    std::iter::successors(Some(&**error as &(dyn std::error::Error + 'static)), |error| error.source())
        .any(|error| error.is::<E>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("a layer around")]
    struct Around(#[source] Elapsed);

    #[test]
    fn error_of_a_layer_becomes_a_status_without_its_text() {
        let rows: [(BoxError, Code); 5] = [
            (Elapsed::new().into(), Code::DeadlineExceeded),
            (Around(Elapsed::new()).into(), Code::DeadlineExceeded),
            (Overloaded::new().into(), Code::ResourceExhausted),
            (Status::unavailable("later").into(), Code::Unavailable),
            ("a secret".into(), Code::Internal),
        ];
        for (error, code) in rows {
            let name = error.to_string();
            let status = status(error);
            assert_eq!(status.code(), code, "{name}");
            assert!(!status.message().contains("secret"));
        }
    }
}
