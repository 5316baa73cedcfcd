//! The server's side of a connection: the handshake, the age limit, and the shutdown.

use std::sync::Arc;
use std::time::Duration;

use rustls::HandshakeKind;
use rustls::version::{TLS12, TLS13};
use secure_runtime::client::ConnectError;
use secure_runtime::server::Limits;
use secure_runtime::tls::{ClientCertificate, ClientCertificatesUndecided, ClientRoots};
use secure_runtime::{Credentials, SecureChannel, ServerTls};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout};
use tonic::Code;

use secure_tests::pki::Ca;
use secure_tests::probe::Running;
use secure_tests::probe::{call_open, call_who};
use secure_tests::tls::{client_roots, client_tls, handshake, raw_config, raw_tls, server_tls};

#[tokio::test]
async fn call_over_tls_is_answered() {
    let ca = Ca::new("ca");
    let server = Running::start(server_tls(&ca.issue()), Limits::default()).await;
    let channel = SecureChannel::connect(&server.uri(), client_tls(&ca)).await.unwrap();
    assert_eq!(call_open(&channel, "").await.unwrap(), "nobody, addresses known");
}

#[tokio::test]
async fn alpn_is_enforced() {
    let ca = Ca::new("ca");
    let server = Running::start(server_tls(&ca.issue()), Limits::default()).await;

    let mut h2 = raw_tls(server.address, &ca, &[&TLS13], &[b"http/1.1", b"h2"]).await.unwrap();
    assert!(h2.read(&mut [0; 9]).await.unwrap() > 0, "SETTINGS come");

    let http1 = raw_tls(server.address, &ca, &[&TLS13], &[b"http/1.1"]).await.unwrap_err();
    assert!(http1.to_string().contains("NoApplicationProtocol"), "{http1}");

    let mut silent = raw_tls(server.address, &ca, &[&TLS13], &[]).await.unwrap();
    assert_closed(silent.read(&mut [0; 9]).await);
}

#[tokio::test]
async fn tls12_is_refused_unless_allowed() {
    let ca = Ca::new("ca");
    let server = Running::start(server_tls(&ca.issue()), Limits::default()).await;
    let refused = raw_tls(server.address, &ca, &[&TLS12], &[b"h2"]).await.unwrap_err();
    assert!(refused.to_string().contains("ProtocolVersion"), "{refused}");

    let server = Running::start(server_tls(&ca.issue()).allow_tls12(), Limits::default()).await;
    raw_tls(server.address, &ca, &[&TLS12], &[b"h2"]).await.unwrap();
}

#[tokio::test]
async fn no_session_is_resumed() {
    let ca = Ca::new("ca");
    let server = Running::start(server_tls(&ca.issue()).allow_tls12(), Limits::default()).await;
    for version in [&TLS12, &TLS13] {
        let config = raw_config(&ca, &[version], &[b"h2"]);
        for _ in 0..3 {
            let mut stream = handshake(server.address, Arc::clone(&config)).await.unwrap();
            stream.read_exact(&mut [0; 9]).await.unwrap();
            assert_eq!(stream.get_ref().1.handshake_kind(), Some(HandshakeKind::Full));
        }
    }
}

#[tokio::test]
async fn client_certificates_are_required() {
    let (ca, stranger) = (Ca::new("ca"), Ca::new("stranger"));
    let server = mutual(&ca, ServerTls::require_client_certificates).await;
    let (own, foreign) = (ca.issue(), stranger.issue());

    let tls = client_tls(&ca).client_certificate(ClientCertificate::from_pem(own.chain, own.key).unwrap());
    let channel = SecureChannel::connect(&server.uri(), tls).await.unwrap();
    assert_eq!(call_who(&channel, clerk()).await.unwrap(), "clerk, 1 certificates");

    let none = SecureChannel::connect(&server.uri(), client_tls(&ca)).await.unwrap_err();
    assert!(matches!(none, ConnectError::CertificateRequired { .. }), "{none:?}");

    let tls = client_tls(&ca).client_certificate(ClientCertificate::from_pem(foreign.chain, foreign.key).unwrap());
    let foreign = SecureChannel::connect(&server.uri(), tls).await.unwrap_err();
    assert!(matches!(foreign, ConnectError::ClientCertificate { .. }), "{foreign:?}");
}

#[tokio::test]
async fn optional_client_certificate_must_be_trusted_if_it_is_sent() {
    let (ca, stranger) = (Ca::new("ca"), Ca::new("stranger"));
    let server = mutual(&ca, ServerTls::allow_client_certificates).await;
    let (own, foreign) = (ca.issue(), stranger.issue());

    let channel = SecureChannel::connect(&server.uri(), client_tls(&ca)).await.unwrap();
    assert_eq!(call_who(&channel, clerk()).await.unwrap(), "clerk, 0 certificates");

    let tls = client_tls(&ca).client_certificate(ClientCertificate::from_pem(own.chain, own.key).unwrap());
    let channel = SecureChannel::connect(&server.uri(), tls).await.unwrap();
    assert_eq!(call_who(&channel, clerk()).await.unwrap(), "clerk, 1 certificates");

    let tls = client_tls(&ca).client_certificate(ClientCertificate::from_pem(foreign.chain, foreign.key).unwrap());
    let foreign = SecureChannel::connect(&server.uri(), tls).await.unwrap_err();
    assert!(matches!(foreign, ConnectError::ClientCertificate { .. }), "{foreign:?}");
}

#[tokio::test]
async fn shutdown_lets_calls_finish_and_drops_handshakes() {
    let ca = Ca::new("ca");
    let mut server = Running::start(server_tls(&ca.issue()), Limits::default()).await;
    let channel = SecureChannel::connect(&server.uri(), client_tls(&ca)).await.unwrap();
    let mut half_open = TcpStream::connect(server.address).await.unwrap();
    let mut mute = raw_tls(server.address, &ca, &[&TLS13], &[b"h2"]).await.unwrap();
    let call = tokio::spawn(async move { call_open(&channel, "300").await });
    sleep(Duration::from_millis(100)).await;

    server.stop();
    assert_closed(half_open.read(&mut [0; 9]).await);
    while mute.read(&mut [0; 64]).await.is_ok_and(|bytes| bytes > 0) {}
    call.await.unwrap().unwrap();
    timeout(Duration::from_secs(1), &mut server.task).await.expect("nothing is left").unwrap();
    TcpStream::connect(server.address).await.unwrap_err();
}

#[tokio::test]
async fn shutdown_does_not_wait_for_calls_that_never_end() {
    let ca = Ca::new("ca");
    let limits = Limits::default().drain_timeout(Duration::from_millis(200));
    let mut server = Running::start(server_tls(&ca.issue()), limits).await;
    let channel = SecureChannel::connect(&server.uri(), client_tls(&ca)).await.unwrap();
    let call = tokio::spawn(async move { call_open(&channel, "60000").await });
    sleep(Duration::from_millis(100)).await;

    server.stop();
    timeout(Duration::from_secs(1), &mut server.task).await.expect("the connection is cut").unwrap();
    assert_eq!(call.await.unwrap().unwrap_err().code(), Code::Unavailable);
    sleep(Duration::from_millis(50)).await;
    assert_eq!(Handle::current().metrics().num_alive_tasks(), 0, "the handler is gone, too");
}

/// A call that meets the very end of a connection is not sent; then UNAVAILABLE says that it may be made again.
#[tokio::test]
async fn an_old_connection_is_replaced() {
    let ca = Ca::new("ca");
    let limits = Limits::default().max_connection_age(Duration::from_millis(100));
    let server = Running::start(server_tls(&ca.issue()), limits).await;
    let channel = SecureChannel::connect(&server.uri(), client_tls(&ca)).await.unwrap();
    let start = Instant::now();
    let mut answered = 0;
    while start.elapsed() < Duration::from_secs(1) {
        match call_open(&channel, "20").await {
            Ok(_) => answered += 1,
            Err(status) => assert_eq!(status.code(), Code::Unavailable, "{status:?}"),
        }
    }
    assert!(answered > 20, "{answered} calls");
}

#[tokio::test]
async fn old_connection_is_closed_after_the_drain_timeout() {
    let ca = Ca::new("ca");
    let age = Duration::from_millis(200);
    let limits = Limits::default().max_connection_age(age).drain_timeout(age);
    let server = Running::start(server_tls(&ca.issue()), limits).await;
    let channel = SecureChannel::connect(&server.uri(), client_tls(&ca)).await.unwrap();
    let cut = timeout(Duration::from_secs(2), call_open(&channel, "60000")).await.expect("the connection is cut");
    assert_eq!(cut.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn a_dropped_server_leaves_no_connection() {
    let ca = Ca::new("ca");
    let server = Running::start(server_tls(&ca.issue()), Limits::default()).await;
    let channel = SecureChannel::connect(&server.uri(), client_tls(&ca)).await.unwrap();
    let call = tokio::spawn(async move { call_open(&channel, "60000").await });
    sleep(Duration::from_millis(100)).await;
    server.task.abort();
    timeout(Duration::from_secs(1), call).await.expect("the connection is cut").unwrap().unwrap_err();
}

async fn mutual(ca: &Ca, decide: fn(ServerTls<ClientCertificatesUndecided>, ClientRoots) -> ServerTls) -> Running {
    let issued = ca.issue();
    let tls = ServerTls::from_pem(issued.chain, issued.key).unwrap();
    Running::start(decide(tls, client_roots(ca)), Limits::default()).await
}

#[track_caller]
fn assert_closed(read: std::io::Result<usize>) {
    assert!(!matches!(read, Ok(1..)), "{read:?}");
}

fn clerk() -> Credentials {
    Credentials::bearer("clerk").unwrap()
}
