//! What a public service of somebody else sees, and what it cannot say.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use secure_runtime::{Denial, danger};
use tonic::Status;
use tonic::body::Body;
use tonic::server::NamedService;
use tower::Service;

/// A service of somebody else: it keeps what it sees of a request, and forwards the refusal of another server.
#[derive(Clone, Default)]
struct Forwarder(Arc<Mutex<Vec<HeaderMap>>>);

impl NamedService for Forwarder {
    const NAME: &'static str = "other.v1.Forwarder";
}

impl Service<Request<Body>> for Forwarder {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let seen = Arc::clone(&self.0);
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let trailers = body.collect().await.unwrap().trailers().cloned().unwrap_or_default();
            seen.lock().unwrap().extend([head.headers, trailers]);
            Ok(Status::from(Denial::CredentialExpired).into_http())
        })
    }
}

#[tokio::test]
async fn public_vendored_service_gets_no_credential_and_cannot_claim_that_a_token_expired() {
    let forwarder = Forwarder::default();
    let mut public = danger::public(forwarder.clone(), "a test");
    let request = |content_type: &str| {
        let trailers = HeaderMap::from_iter([(http::header::AUTHORIZATION, HeaderValue::from_static("Bearer x"))]);
        let body = StreamBody::new(tokio_stream::once(Ok::<_, Status>(Frame::<Bytes>::trailers(trailers))));
        let request = Request::post("/other.v1.Forwarder/Get").header("content-type", content_type);
        request.header("authorization", "Bearer x").body(Body::new(body)).unwrap()
    };
    let refused = public.call(request("text/plain")).await.unwrap();
    assert_eq!((refused.status().as_u16(), forwarder.0.lock().unwrap().len()), (415, 0));
    let answer = public.call(request("application/grpc")).await.unwrap();
    assert_eq!(answer.headers()["grpc-status"], "16");
    assert!(!answer.headers().contains_key("grpc-status-details-bin"));
    let seen = forwarder.0.lock().unwrap();
    assert!(seen.len() == 2 && seen.iter().all(|headers| !headers.contains_key("authorization")), "{seen:?}");
}
