//! A call in flight ends when its caller's credential does.

use std::time::{Duration, Instant};

use secure_runtime::server::Limits;
use secure_runtime::{Credentials, SecureChannel};
use secure_tests::pki::Ca;
use secure_tests::probe::Running;
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
fn expired(status: &Status, start: Instant) {
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(status.get_details_error_info().unwrap().reason, "CREDENTIAL_EXPIRED");
    assert!((400..2_000).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
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
async fn a_handler_that_has_not_answered_is_dropped() {
    let (server, client) = probe("short-lived").await;
    let start = Instant::now();
    expired(&client.hang(String::new()).await.unwrap_err(), start);
    no_handler_runs(&server).await;
}

#[tokio::test]
async fn a_response_that_goes_on_ends() {
    let (server, client) = probe("short-lived").await;
    let start = Instant::now();
    let mut responses = client.follow(String::new()).await.unwrap().into_inner();
    assert_eq!(responses.message().await.unwrap().unwrap(), "first");
    expired(&responses.message().await.unwrap_err(), start);
    no_handler_runs(&server).await;
}

#[tokio::test]
async fn a_request_that_goes_on_ends() {
    let (server, client) = probe("short-lived").await;
    let start = Instant::now();
    expired(&client.collect(tokio_stream::pending()).await.unwrap_err(), start);
    no_handler_runs(&server).await;
}

#[tokio::test]
async fn a_credential_without_an_end_ends_no_call() {
    let (server, client) = probe("clerk").await;
    let mut responses = client.follow(String::new()).await.unwrap().into_inner();
    assert_eq!(responses.message().await.unwrap().unwrap(), "first");
    assert!(timeout(Duration::from_millis(800), responses.message()).await.is_err(), "it waits on");
    assert_eq!(server.running_handlers(), 1);
    drop(responses);
    no_handler_runs(&server).await;
}
