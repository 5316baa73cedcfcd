//! Observes one call: runs its code in a scope, and reports the status that its response ends with.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use http_body::{Frame, SizeHint};
use tonic::body::Body;
use tonic::{Code, Status};

use crate::destructor::contain_panic;

/// What observes a call.
pub(crate) trait Scope: Send + Unpin + 'static {
    /// Held while code of the call runs.
    type Entered<'a>;

    /// Called before code of the call runs.
    fn enter(&self) -> Self::Entered<'_>;

    /// Called once, when the last byte of the response is there.
    fn ended(&mut self, code: Code);
}

/// A call that has not ended. A call that is dropped before it ends is CANCELLED.
pub(crate) struct Running<S: Scope> {
    scope: S,
    has_ended: bool,
}

impl<S: Scope> Running<S> {
    pub(crate) fn new(scope: S) -> Self {
        Self { scope, has_ended: false }
    }

    /// Runs the call until its response begins, and watches the response until it ends.
    pub(crate) async fn run(
        mut self,
        call: impl Future<Output = Result<Response<Body>, Status>>,
    ) -> Result<Response<Body>, Status> {
        let mut call = pin!(call);
        let answer = poll_fn(|context| {
            let _entered = self.scope.enter();
            call.as_mut().poll(context)
        });
        match answer.await {
            Ok(answer) if http_body::Body::is_end_stream(answer.body()) => {
                self.end(code_of_headers(answer.status(), answer.headers()));
                Ok(answer)
            }
            Ok(answer) => Ok(answer.map(|body| Body::new(RunningBody { body, call: self }))),
            Err(status) => {
                self.end(status.code());
                Err(status)
            }
        }
    }

    fn end(&mut self, code: Code) {
        if !std::mem::replace(&mut self.has_ended, true) {
            self.scope.ended(code);
        }
    }
}

impl<S: Scope> Drop for Running<S> {
    fn drop(&mut self) {
        contain_panic(|| self.end(Code::Cancelled));
    }
}

/// The status in the headers of a response without a body, or that of HTTP ("HTTP to gRPC Status Code Mapping").
fn code_of_headers(status: StatusCode, headers: &HeaderMap) -> Code {
    if let Some(code) = code_of_trailers(headers) {
        return code;
    }
    match status {
        StatusCode::BAD_REQUEST => Code::Internal,
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::FORBIDDEN => Code::PermissionDenied,
        StatusCode::NOT_FOUND => Code::Unimplemented,
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Code::Unavailable,
        _ => Code::Unknown,
    }
}

fn code_of_trailers(trailers: &HeaderMap) -> Option<Code> {
    trailers.get("grpc-status").map(|code| Code::from_bytes(code.as_bytes()))
}

/// The body of a response, until it ends.
struct RunningBody<S: Scope> {
    body: Body,
    call: Running<S>,
}

impl<S: Scope> http_body::Body for RunningBody<S> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Self { body, call } = &mut *self;
        let entered = call.scope.enter();
        let polled = Pin::new(body).poll_frame(context);
        drop(entered);
        let frame = ready!(polled);
        match &frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_ref() {
                    call.end(code_of_trailers(trailers).unwrap_or(Code::Unknown));
                }
            }
            Some(Err(status)) => call.end(status.code()),
            None => call.end(Code::Unknown),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The name of a status code, such as `DEADLINE_EXCEEDED` (gRPC, "Status codes and their use in gRPC").
pub(crate) const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Panics;

    impl Scope for Panics {
        type Entered<'a> = ();

        fn enter(&self) {}

        fn ended(&mut self, code: Code) {
            panic!("the log of ends fails: {code}");
        }
    }

    #[test]
    fn log_of_ends_that_panics_about_two_calls_that_end_together_does_not_abort_the_process() {
        drop((Running::new(Panics), Running::new(Panics)));
    }
}
