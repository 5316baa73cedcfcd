//! The attempts of one call.
//!
//! 1. A call takes the connection whose turn it is.
//! 2. If no server processed it, it is sent again. If the server cannot be reached, the next server gets it. If the
//!    connection had ended, it is sent once more.
//! 3. After that, the [`Retry`] of its method decides.
//! 4. If the server says that the token has expired, the call is sent once more with another token.
//!
//! A call with a stream of requests is sent once, because its messages are not kept.

use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{Request, Response};
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::{Instant, sleep};
use tonic::body::Body;
use tonic::{ConnectError, Status};
use tower::{BoxError, Service};

use super::Credentials;
use super::link::Link;
use super::response::CallEnd;
use super::retry::{Retry, Throttle};
use super::unsent::Unsent;
use crate::deadline;
use crate::status::is_credential_expired;

/// How the calls of one method are sent.
#[derive(Clone)]
pub(super) struct Attempts {
    pub(super) link: Link,
    pub(super) throttle: Arc<Throttle>,
    pub(super) retry: Option<Retry>,
    pub(super) credentials: Credentials,
    pub(super) requests: Requests,
}

/// How many messages a request has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Requests {
    One,
    Stream,
}

impl Service<Request<Body>> for Attempts {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Outcome> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let attempts = self.clone();
        match self.requests {
            Requests::One => Box::pin(async move { attempts.repeat(Repeatable::read(request).await?).await }),
            Requests::Stream => Box::pin(async move { attempts.send(request).await }),
        }
    }
}

type Outcome = Result<Response<Body>, BoxError>;

/// What follows an attempt.
enum Next {
    After(Duration),
    Over,
    /// Another attempt, if there is another token.
    Renewed,
}

impl Attempts {
    async fn send(&self, request: Request<Body>) -> Outcome {
        let mut channel = self.link.pick().await.map_err(|error| ConnectError(error.into()))?;
        poll_fn(|context| channel.poll_ready(context)).await?;
        Ok(channel.call(request).await?)
    }

    async fn repeat(self, mut request: Repeatable) -> Outcome {
        let mut limits = Limits::default();
        loop {
            let outcome = self.send(request.copy()).await;
            let next = self.next(&outcome, &mut limits);
            match next {
                Next::After(delay) => sleep(delay).await,
                Next::Renewed if self.renew(&mut request).await => {}
                Next::Over | Next::Renewed => {
                    self.record(&outcome);
                    return outcome;
                }
            }
            request.set_time_left();
        }
    }

    fn next(&self, outcome: &Outcome, limits: &mut Limits) -> Next {
        match outcome {
            Ok(response) if is_credential_expired(response.headers()) && !mem::replace(&mut limits.renewed, true) => {
                Next::Renewed
            }
            Ok(_) => Next::Over,
            Err(error) => self.delay(Unsent::of(&**error), limits).map_or(Next::Over, Next::After),
        }
    }

    /// The time before the next attempt. `None` if there is none.
    fn delay(&self, unsent: Option<Unsent>, limits: &mut Limits) -> Option<Duration> {
        match unsent? {
            Unsent::NoConnection if limits.unreachable + 1 < self.link.servers() => {
                limits.unreachable += 1;
                Some(Duration::ZERO)
            }
            Unsent::NotProcessed if !mem::replace(&mut limits.resent, true) => Some(Duration::ZERO),
            Unsent::NoConnection | Unsent::NotProcessed => {
                limits.attempts += 1;
                let backoff = self.retry?.backoff(limits.attempts)?;
                self.throttle.failed().then_some(backoff)
            }
        }
    }

    fn record(&self, outcome: &Outcome) {
        if outcome.is_ok() && self.retry.is_some() {
            self.throttle.succeeded();
        }
    }

    /// Whether there is another token for the request.
    async fn renew(&self, request: &mut Repeatable) -> bool {
        let headers = &mut request.head.headers;
        let Some(refused) = headers.get(AUTHORIZATION) else { return false };
        let Some(renewed) = self.credentials.renewed(refused).await else { return false };
        headers.insert(AUTHORIZATION, renewed);
        true
    }
}

/// What a call has used up.
#[derive(Default)]
struct Limits {
    /// Servers that could not be reached.
    unreachable: usize,
    /// It was sent again because the connection had ended.
    resent: bool,
    /// It was sent again with another token.
    renewed: bool,
    /// Attempts that count for [`Retry`].
    attempts: u32,
}

/// A request whose only message is known.
struct Repeatable {
    head: Parts,
    message: Bytes,
}

impl Repeatable {
    async fn read(request: Request<Body>) -> Result<Self, Status> {
        let (head, mut body) = request.into_parts();
        let mut message = Bytes::new();
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let Ok(data) = frame?.into_data() else { continue };
            message = if message.is_empty() { data } else { concatenated(&message, &data) };
        }
        Ok(Self { head, message })
    }

    /// Tells the next server how much of the call's time is left.
    fn set_time_left(&mut self) {
        if let Some(CallEnd(end)) = self.head.extensions.get() {
            deadline::set_time_left(&mut self.head.headers, end.saturating_duration_since(Instant::now()));
        }
    }

    fn copy(&self) -> Request<Body> {
        Request::from_parts(self.head.clone(), Body::new(Whole(Some(self.message.clone()))))
    }
}

fn concatenated(first: &[u8], second: &[u8]) -> Bytes {
    let mut all = BytesMut::with_capacity(first.len() + second.len());
    all.extend_from_slice(first);
    all.extend_from_slice(second);
    all.freeze()
}

/// A body of one piece.
struct Whole(Option<Bytes>);

impl http_body::Body for Whole {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn further_attempt_tells_the_server_what_is_left_of_the_time() {
        let mut request = Request::new(Body::empty());
        request.headers_mut().insert("grpc-timeout", "10S".parse().unwrap());
        request.extensions_mut().insert(CallEnd(Instant::now() + Duration::from_secs(3)));
        let mut request = Repeatable::read(request).await.unwrap();
        request.set_time_left();
        let headers = request.copy().into_parts().0.headers;
        assert!(deadline::time_left(&headers).unwrap() <= Duration::from_secs(3), "{headers:?}");
        assert_eq!(headers.get_all("grpc-timeout").iter().count(), 1);
    }
}
