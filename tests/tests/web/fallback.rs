//! Routes beside the services. They receive only requests that are not gRPC and are for no service.

use axum::{Extension, Router};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use secure_runtime::danger;
use secure_tests::kinds_service::Recorder;
use secure_tests::secured::Secured;
use secure_tests::server::call;
use secure_tests::services::kinds::v1::kinds_policy::Method;
use tonic::Code;
use tonic::body::Body;
use tonic::transport::Channel;
use tonic::transport::server::TcpConnectInfo;
use tower::ServiceExt;

/// Routes that take everything, and say so.
fn takes_everything() -> Router {
    async fn taken(Extension(connection): Extension<TcpConnectInfo>, request: Request<axum::body::Body>) -> String {
        assert!(connection.remote_addr().is_some_and(|address| address.ip().is_loopback()));
        assert!(request.headers().values().all(|value| value != "Bearer x" || value.is_sensitive()));
        format!("taken: {}", request.uri().path())
    }
    Router::new().fallback(taken)
}

async fn server(recorder: &Recorder) -> Secured {
    Secured::start(recorder, |server| server.fallback(danger::ungated(takes_everything(), "a test"))).await
}

async fn send(channel: &Channel, method: &str, path: &str, content_type: &str) -> (StatusCode, String) {
    let request = Request::builder().method(method).uri(path).header("content-type", content_type);
    let request = request.header("authorization", "Bearer x").body(Body::empty()).unwrap();
    let response = channel.clone().oneshot(request).await.unwrap();
    let status = response.status();
    (status, String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

#[tokio::test]
async fn request_that_is_not_grpc_reaches_the_fallback() {
    let channel = server(&Recorder::default()).await.channel().await;
    for (method, path) in [("GET", "/version"), ("POST", "/"), ("GET", "/other.Service/Method"), ("GET", "/kinds.v1")] {
        let (status, text) = send(&channel, method, path, "text/plain").await;
        assert_eq!((status, text), (StatusCode::OK, format!("taken: {path}")));
    }
}

#[tokio::test]
async fn path_of_a_service_does_not_reach_the_fallback() {
    let recorder = Recorder::default();
    let channel = server(&recorder).await.channel().await;
    for path in [Method::UnaryPublic.path(), Method::UnaryReader.path(), "/kinds.v1.Kinds/Nope"] {
        for (method, content_type) in [("GET", "text/plain"), ("POST", "text/plain"), ("OPTIONS", "text/plain")] {
            let (status, text) = send(&channel, method, path, content_type).await;
            assert!(status.is_client_error() && text.is_empty(), "{method} {path}: {status} {text}");
        }
    }
    assert!(recorder.take().is_empty());
}

#[tokio::test]
async fn grpc_request_does_not_reach_the_fallback() {
    let channel = server(&Recorder::default()).await.channel().await;
    for path in ["/other.v1.Other/Get", "/version"] {
        assert_eq!(call(&channel, path, &[]).await, Code::Unimplemented, "{path}");
        for content_type in ["application/grpc", "Application/gRPC+proto", "application/grpc-web+proto; x=y"] {
            let (status, text) = send(&channel, "POST", path, content_type).await;
            assert_eq!((status, text.as_str()), (StatusCode::OK, ""), "{path} {content_type}");
        }
    }
}

#[tokio::test]
async fn native_grpc_is_gated_beside_a_fallback() {
    let recorder = Recorder::default();
    let server = server(&recorder).await;
    let channel = server.channel().await;
    let path = Method::UnaryReader.path();
    for (credential, code) in [
        (None, Code::Unauthenticated),
        (Some(server.bearer(&["writer"])), Code::PermissionDenied),
        (Some(server.bearer(&["reader"])), Code::Ok),
    ] {
        let metadata = credential.as_deref().map(|credential| ("authorization", credential));
        assert_eq!(call(&channel, path, metadata.as_slice()).await, code);
        assert_eq!(recorder.take().len(), usize::from(code == Code::Ok));
    }
}

#[tokio::test]
async fn grpc_server_in_the_fallback_gives_no_answer_for_any_content_type() {
    let (_, health) = tonic_health::server::health_reporter();
    let routes = tonic::service::Routes::new(health).into_axum_router();
    let recorder = Recorder::default();
    let server = Secured::start(&recorder, |server| server.fallback(danger::ungated(routes, "a test"))).await;
    let channel = server.channel().await;
    for content_type in ["text/plain", "application/json", "application/grp"] {
        let (status, text) = send(&channel, "POST", "/grpc.health.v1.Health/Check", content_type).await;
        assert_eq!((status, text.as_str()), (StatusCode::NOT_IMPLEMENTED, ""), "{content_type}");
    }
}

#[tokio::test]
async fn unknown_path_is_not_found() {
    let recorder = Recorder::default();
    let server = Secured::start(&recorder, |server| server).await;
    let channel = server.channel().await;
    for (method, path) in [("GET", "/healthz"), ("HEAD", "/"), ("POST", "/other.v1.Other/Get")] {
        let (status, text) = send(&channel, method, path, "text/plain").await;
        assert_eq!((status, text.as_str()), (StatusCode::NOT_FOUND, ""), "{method} {path}");
    }
    assert_eq!(call(&channel, "/other.v1.Other/Get", &[]).await, Code::Unimplemented);
}
