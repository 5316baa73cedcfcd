//! Tokens of a client: which methods receive them, and what happens if there is none.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use secure_runtime::server::Limits;
use secure_runtime::{Credentials, SecureChannel};
use tonic::{Code, Request};

use secure_tests::pki::Ca;
use secure_tests::probe::Running;
use secure_tests::probe::call_who;
use secure_tests::services::lab::probe_client::ProbeClient;
use secure_tests::tls::{client_tls, server_tls};

async fn channel() -> (Running, SecureChannel) {
    let ca = Ca::new("ca");
    let server = Running::start(server_tls(&ca.issue()), Limits::default()).await;
    let channel = SecureChannel::connect(&server.uri(), client_tls(&ca)).await.unwrap();
    (server, channel)
}

#[tokio::test]
async fn token_is_sent_only_to_methods_that_ask_for_one() {
    let (_server, channel) = channel().await;
    assert_eq!(call_who(&channel, Credentials::bearer("clerk").unwrap()).await.unwrap(), "clerk, 0 certificates");
    let refused = call_who(&channel, Credentials::none()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn token_source_is_called_only_for_calls_that_need_a_token() {
    let (_server, channel) = channel().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let credentials = Credentials::source(move || {
        let number = counter.fetch_add(1, Ordering::SeqCst);
        async move { Ok::<_, std::io::Error>(format!("clerk-{number}")) }
    });
    let client = ProbeClient::new(channel, credentials);
    for _ in 0..3 {
        let answer = client.open(String::new()).await.unwrap().into_inner();
        assert!(answer.starts_with("nobody"), "{answer}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    for number in 0..3 {
        assert_eq!(client.who(String::new()).await.unwrap().into_inner(), format!("clerk-{number}, 0 certificates"));
    }
}

#[tokio::test]
async fn failed_token_source_sends_no_call_and_reveals_no_error_text() {
    let (_server, channel) = channel().await;
    let failing = Credentials::source(|| async { Err::<String, _>("the secret is s3cr3t") });
    let malformed = Credentials::source(|| async { Ok::<_, std::io::Error>("two words\r\n".to_owned()) });
    for credentials in [failing, malformed] {
        let status = call_who(&channel, credentials).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
        assert_eq!(status.message(), "no credential could be obtained");
        assert!(!format!("{status:?}").contains("s3cr3t"));
    }
}

#[tokio::test]
async fn missing_token_file_is_named_with_what_to_write() {
    let (_server, channel) = channel().await;
    let status = call_who(&channel, Credentials::file("/missing/clerk.token")).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unavailable, "no credential could be obtained"));
    for shown in [format!("{status}"), format!("{status:?}")] {
        let expected = "/missing/clerk.token cannot be read: No such file or directory (os error 2): write a bearer token to \
            the file that `Credentials::file` names";
        assert!(shown.contains(expected), "{shown}");
    }
}

#[tokio::test]
async fn a_token_in_metadata_is_refused() {
    let (_server, channel) = channel().await;
    let mut request = Request::new(String::new());
    request.metadata_mut().insert("authorization", "Bearer x".parse().unwrap());
    let status = ProbeClient::new(channel, Credentials::none()).open(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[test]
fn debug_output_of_credentials_has_no_token() {
    assert_eq!(format!("{:?}", Credentials::bearer("s3cr3t").unwrap()), "Credentials(..)");
}
