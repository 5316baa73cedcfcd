//! A running call ends when its caller's credential expires.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use secure_runtime::authz::Access;
use secure_runtime::server::Limits;
use secure_runtime::{Authentication, CallHead, Credentials, Gate, SecureChannel};
use secure_tests::callers::principal;
use secure_tests::kinds_service::Recorder;
use secure_tests::pki::Ca;
use secure_tests::probe::Running;
use secure_tests::server::{refusal, serve_plaintext};
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use secure_tests::services::lab::probe_client::ProbeClient;
use secure_tests::tls::{client_tls, server_tls};
use tokio::time::{sleep, timeout};
use tonic::{Code, Status};
use tonic_types::StatusExt;

async fn probe(token: &str) -> (Running, ProbeClient) {
    let ca = Ca::new("ca");
    let server = Running::start(server_tls(&ca.issue()), Limits::default()).await;
    let channel = SecureChannel::connect(&server.uri(), client_tls(&ca)).await.unwrap();
    (server, ProbeClient::new(channel, Credentials::bearer(token).unwrap()))
}

#[track_caller]
fn expired(status: &Status) {
    unauthenticated(status, "CREDENTIAL_EXPIRED_DURING_CALL");
}

#[track_caller]
fn unauthenticated(status: &Status, reason: &str) {
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(status.get_details_error_info().unwrap().reason, reason);
}

#[track_caller]
fn expired_in_time(status: &Status, start: Instant) {
    expired(status);
    assert!((400..8_000).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
}

async fn no_handler_runs(server: &Running) {
    for _ in 0..100 {
        if server.running_handlers() == 0 {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("{} handlers are still running", server.running_handlers());
}

#[tokio::test]
async fn unfinished_handler_is_dropped_at_the_expiry() {
    let (server, client) = probe("short-lived").await;
    let start = Instant::now();
    expired_in_time(&client.hang(String::new()).await.unwrap_err(), start);
    no_handler_runs(&server).await;
}

#[tokio::test]
async fn endless_response_ends_at_the_expiry() {
    let (server, client) = probe("short-lived").await;
    let start = Instant::now();
    let mut responses = client.follow(String::new()).await.unwrap().into_inner();
    assert_eq!(responses.message().await.unwrap().unwrap(), "first");
    let end = timeout(Duration::from_secs(10), responses.message()).await.expect("it ends");
    expired_in_time(&end.unwrap_err(), start);
    no_handler_runs(&server).await;
}

#[tokio::test]
async fn endless_request_ends_at_the_expiry() {
    let (server, client) = probe("short-lived").await;
    let start = Instant::now();
    expired_in_time(&client.collect(tokio_stream::pending()).await.unwrap_err(), start);
    no_handler_runs(&server).await;
    assert_eq!(server.requests_ended(), Some(Code::Unauthenticated));
}

#[tokio::test]
async fn credential_without_an_expiry_ends_no_call() {
    let (server, client) = probe("clerk").await;
    let mut responses = client.follow(String::new()).await.unwrap().into_inner();
    assert_eq!(responses.message().await.unwrap().unwrap(), "first");
    assert!(timeout(Duration::from_millis(800), responses.message()).await.is_err(), "it waits on");
    assert_eq!(server.running_handlers(), 1);
    drop(responses);
    no_handler_runs(&server).await;
}

#[tokio::test]
async fn expired_credential_reaches_no_handler_of_any_kind() {
    let recorder = Recorder::default();
    let late = |_: &CallHead<'_>| Authentication::from(principal(["reader"]).expires_at(SystemTime::UNIX_EPOCH));
    let kinds = KindsServer::new(recorder.clone(), Gate::new(late));
    let channel = serve_plaintext(|server| server.add(kinds)).await;
    let looks = |method: &&Method| !matches!(method.rule().access(), Access::Anonymous | Access::Denied);
    for &method in Method::ALL.iter().filter(looks) {
        unauthenticated(&refusal(&channel, method.path(), &[]).await, "CREDENTIAL_EXPIRED");
        assert!(recorder.take().is_empty(), "{method:?}");
    }
}

#[tokio::test]
async fn a_call_whose_handler_forwards_the_refusal_of_another_server_is_not_sent_again() {
    let ca = Ca::new("ca");
    let server = Running::start(server_tls(&ca.issue()), Limits::default()).await;
    let channel = SecureChannel::connect(&server.uri(), client_tls(&ca)).await.unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let client = ProbeClient::new(
        channel,
        Credentials::source(move || {
            counter.fetch_add(1, Ordering::SeqCst);
            std::future::ready(Ok::<_, std::io::Error>("forwarder".to_owned()))
        }),
    );
    let status = client.who(String::new()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert!(status.get_details_error_info().is_none());
    assert_eq!(asked.load(Ordering::SeqCst), 1, "no other token is asked for");
}

#[tokio::test]
async fn call_whose_token_expires_while_its_handler_runs_is_not_sent_again() {
    let ca = Ca::new("ca");
    let server = Running::start(server_tls(&ca.issue()), Limits::default()).await;
    let channel = SecureChannel::connect(&server.uri(), client_tls(&ca)).await.unwrap();
    let tokens = Mutex::new(["long-lived", "short-lived"].to_vec());
    let source = move || {
        let token = tokens.lock().unwrap().pop().unwrap_or("long-lived");
        std::future::ready(Ok::<_, std::io::Error>(token.to_owned()))
    };
    let client = ProbeClient::new(channel, Credentials::source(source));
    let outcome = timeout(Duration::from_secs(10), client.hang(String::new())).await;
    expired(&outcome.expect("the handler does not run again, which would hang").unwrap_err());
    no_handler_runs(&server).await;
}
