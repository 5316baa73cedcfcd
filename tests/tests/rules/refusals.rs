//! A refused caller learns a status code, a constant text and a reason, and nothing else.

use std::time::{Duration, Instant};

use expect_test::expect;
use http::Request;
use secure_runtime::{Authentication, CallHead, Decision, Denial, Gate, Rejection};
use secure_tests::callers::by_roles;
use secure_tests::kinds_service::Recorder;
use secure_tests::server::{call, refusal, serve_plaintext};
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use tokio::task::JoinSet;
use tonic::Code;
use tonic::body::Body;
use tonic::transport::Channel;
use tonic_types::StatusExt;
use tower::ServiceExt;

fn by_reason(head: &CallHead<'_>) -> Authentication {
    match head.bearer().map(|token| token.map(|token| token.as_str())) {
        Ok(Some("expired")) => Rejection::expired("expired, says the log").into(),
        Ok(Some("unavailable")) => Rejection::unavailable("unavailable, says the log").into(),
        Ok(Some("rejected")) => Rejection::rejected("rejected, says the log").into(),
        _ => by_roles(head),
    }
}

#[tokio::test]
async fn every_refusal_has_constant_text_and_a_reason() {
    let kinds = KindsServer::new(Recorder::default(), Gate::new(by_reason));
    let channel = serve_plaintext(|server| server.add(kinds)).await;
    let mut text = String::new();
    for credential in
        ["", "Bearer rejected", "Basic YTpi", "Bearer expired", "Bearer unavailable", "Bearer roles.admin"]
    {
        let metadata = (!credential.is_empty()).then_some(("authorization", credential));
        let status = refusal(&channel, Method::UnaryReader.path(), metadata.as_slice()).await;
        let info = status.get_details_error_info().unwrap();
        assert!(info.metadata.is_empty(), "{info:?}");
        text +=
            &format!("{credential:18} {:?}: {} ({}, {})\n", status.code(), status.message(), info.reason, info.domain);
    }
    expect![[r#"
                           Unauthenticated: a valid credential is required (CREDENTIAL_MISSING, secure.v1)
        Bearer rejected    Unauthenticated: a valid credential is required (CREDENTIAL_REJECTED, secure.v1)
        Basic YTpi         Unauthenticated: a valid credential is required (CREDENTIAL_REJECTED, secure.v1)
        Bearer expired     Unauthenticated: a valid credential is required (CREDENTIAL_EXPIRED, secure.v1)
        Bearer unavailable Unavailable: credentials cannot be checked now (KEYS_UNAVAILABLE, secure.v1)
        Bearer roles.admin PermissionDenied: permission denied (PERMISSION_DENIED, secure.v1)
    "#]]
    .assert_eq(&text);
}

#[tokio::test]
async fn request_that_is_not_grpc_gets_an_http_error_for_an_unknown_method() {
    let kinds = KindsServer::new(Recorder::default(), Gate::new(by_roles));
    for (method, content_type, status) in [("POST", "text/plain", 415), ("GET", "application/grpc", 405)] {
        let request = Request::builder().method(method).uri("/kinds.v1.Kinds/Nothing");
        let request = request.header("content-type", content_type).body(Body::empty()).unwrap();
        let response = kinds.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{method} {content_type}");
        assert_eq!(response.extensions().get(), Some(&Decision::Deny(Denial::MalformedRequest)));
    }
}

#[tokio::test]
async fn decision_is_an_extension_of_the_response() {
    let kinds = KindsServer::new(Recorder::default(), Gate::new(by_roles));
    let request =
        |path: &str| Request::post(path).header("content-type", "application/grpc").body(Body::empty()).unwrap();
    let response = kinds.clone().oneshot(request(Method::UnaryReader.path())).await.unwrap();
    assert_eq!(response.extensions().get(), Some(&Decision::Deny(Denial::CredentialRejected)));
    let response = kinds.clone().oneshot(request("/kinds.v1.Kinds/Nothing")).await.unwrap();
    assert_eq!(response.extensions().get(), Some(&Decision::Deny(Denial::UnknownMethod)));
}

#[tokio::test]
async fn request_that_is_not_grpc_gets_an_http_error_and_reaches_no_handler() {
    let recorder = Recorder::default();
    let kinds = KindsServer::new(recorder.clone(), Gate::new(by_roles));
    let path = Method::UnaryPublic.path();
    for method in ["GET", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "BREW"] {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/grpc");
        let response = kinds.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!((response.status().as_u16(), &response.headers()["allow"]), (405, &"POST".parse().unwrap()));
    }
    let types =
        ["text/plain", "application/json", "application/grpc-web", "application/grpcfoo", "application/grpc+json"];
    for content_type in types {
        let request = Request::post(path).header("content-type", content_type);
        let response = kinds.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 415, "{content_type}");
    }
    let response = kinds.clone().oneshot(Request::post(path).body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 415, "no content type");
    assert!(recorder.take().is_empty());
}

async fn rejected(channel: Channel) -> Code {
    call(&channel, Method::UnaryReader.path(), &[("authorization", "Bearer rejected")]).await
}

#[tokio::test]
async fn refusals_after_many_rejected_tokens_are_delayed_and_good_calls_are_not() {
    let kinds = KindsServer::new(Recorder::default(), Gate::new(by_reason));
    let channel = serve_plaintext(|server| server.add(kinds)).await;
    let mut calls = JoinSet::new();
    (0..100).for_each(|_| {
        calls.spawn(rejected(channel.clone()));
    });
    assert!(calls.join_all().await.into_iter().all(|code| code == Code::Unauthenticated));
    let (mut fastest_refusal, mut fastest_answer) = (Duration::MAX, Duration::MAX);
    for _ in 0..20 {
        let start = Instant::now();
        assert_eq!(rejected(channel.clone()).await, Code::Unauthenticated);
        fastest_refusal = fastest_refusal.min(start.elapsed());
        let start = Instant::now();
        let good = [("authorization", "Bearer roles.reader")];
        assert_eq!(call(&channel, Method::UnaryReader.path(), &good).await, Code::Ok);
        fastest_answer = fastest_answer.min(start.elapsed());
    }
    let delay = Duration::from_millis(25);
    assert!(fastest_answer < delay && fastest_refusal >= delay, "{fastest_answer:?} {fastest_refusal:?}");
}
