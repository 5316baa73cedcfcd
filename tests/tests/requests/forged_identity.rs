//! Neither a client nor a layer can set the identity of a caller by metadata, headers, trailers or extensions.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body::Frame;
use secure_runtime::{Gate, Principal};
use secure_tests::callers::{by_roles, principal};
use secure_tests::kinds_service::Recorder;
use secure_tests::server::{call, serve_plaintext};
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use secure_tests::tokens::{Worth, declared};
use tonic::{Code, Status};
use tower::{Service, ServiceExt};

const CLAIMS: [(&str, &str); 9] = [
    ("x-user", "admin"),
    ("x-roles", "reader"),
    ("x-forwarded-user", "admin"),
    ("x-forwarded-client-cert", "By=spiffe://x;URI=spiffe://x/reader"),
    ("forwarded", "for=127.0.0.1"),
    ("cookie", "token=roles.reader"),
    ("proxy-authorization", "Bearer roles.reader"),
    ("grpc-authorization", "Bearer roles.reader"),
    ("secure-principal", "https://id.example.com#somebody"),
];

#[tokio::test]
async fn metadata_of_a_client_does_not_change_the_decision() {
    let recorder = Recorder::default();
    let kinds = KindsServer::new(recorder.clone(), Gate::new(by_roles));
    let channel = serve_plaintext(|server| server.add(kinds)).await;
    let bad = CLAIMS.into_iter().chain([("authorization", "Bearer roles.admin")]).collect::<Vec<_>>();
    for &method in Method::ALL {
        let [nobody, with_claims] =
            [call(&channel, method.path(), &[]).await, call(&channel, method.path(), &CLAIMS).await];
        assert_eq!(with_claims, nobody, "{method:?}");
        let admin = call(&channel, method.path(), &[("authorization", "Bearer roles.admin")]).await;
        assert_eq!(call(&channel, method.path(), &bad).await, admin, "{method:?}");
    }
    let seen = recorder.take();
    assert!(seen.iter().all(|seen| seen.caller.as_deref().is_none_or(|id| id == "https://id.example.com#somebody")));
    assert!(
        seen.iter().any(|seen| seen.metadata.get("x-user").is_some_and(|user| user == "admin")),
        "it passes through"
    );
}

/// A request of one empty message, with trailers behind it.
fn request(method: Method, trailers: HeaderMap) -> Request<Frames> {
    let frames = vec![Frame::trailers(trailers), Frame::data(Bytes::from_static(&[0; 5]))];
    Request::post(method.path()).header("content-type", "application/grpc").body(Frames(frames)).unwrap()
}

struct Frames(Vec<Frame<Bytes>>);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop().map(Ok))
    }
}

#[tokio::test]
async fn request_trailers_reach_no_handler() {
    let recorder = Recorder::default();
    let kinds = KindsServer::new(recorder.clone(), Gate::new(by_roles));
    let trailers = HeaderMap::from_iter([("x-user".parse().unwrap(), "admin".parse().unwrap())]);
    for method in
        [Method::UnaryPublic, Method::ServerStreamPublic, Method::ClientStreamPublic, Method::BidiStreamPublic]
    {
        let response = kinds.clone().oneshot(request(method, trailers.clone())).await.unwrap();
        assert!(!response.headers().contains_key("grpc-status"), "{method:?}");
        let [seen] = recorder.take().try_into().unwrap();
        assert!(!seen.metadata.contains_key("x-user"), "{method:?}");
        assert!(!seen.metadata.contains_key("grpc-trailer"), "{method:?}");
    }
}

#[tokio::test]
async fn extensions_and_headers_of_a_layer_do_not_change_the_decision() {
    let recorder = Recorder::default();
    let mut kinds = KindsServer::new(recorder.clone(), Gate::new(by_roles));
    for &method in Method::ALL {
        let mut request = request(method, HeaderMap::new());
        let admin = principal(["reader", "writer", "admin"]);
        request.extensions_mut().insert(admin.id().clone());
        request.extensions_mut().insert::<Principal>(admin.clone());
        request.extensions_mut().insert::<Option<Principal>>(Some(admin));
        request.extensions_mut().insert(secure_runtime::Decision::Allow);
        request.extensions_mut().insert(method);
        request.headers_mut().insert("x-user", "admin".parse().unwrap());
        let response = kinds.call(request).await.unwrap();
        let code = Status::from_header_map(response.headers()).map_or(Code::Ok, |status| status.code());
        assert_eq!(code, declared(method.rule().access(), Worth::Nothing), "{method:?}");
        for seen in recorder.take() {
            assert_eq!(seen.caller, None, "{method:?}");
        }
    }
}
