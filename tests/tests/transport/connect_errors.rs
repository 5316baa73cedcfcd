//! Errors of connecting: one clear error for each cause, within the time limit.

use std::time::Duration;

use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};
use secure_runtime::client::ConnectError;
use secure_runtime::server::Limits;
use secure_runtime::{SecureChannel, danger};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tonic::Code;

use secure_tests::pki::{Ca, Issued};
use secure_tests::probe::Running;
use secure_tests::probe::call_open;
use secure_tests::tls::{client_tls, mutual_tls, raw_acceptor, server_tls};

/// Connects to `address`, which must fail within the time limit.
async fn failure(address: &str, ca: &Ca) -> ConnectError {
    let tls = client_tls(ca).connect_timeout(Duration::from_millis(500));
    let connected = timeout(Duration::from_secs(1), SecureChannel::connect(address, tls)).await;
    connected.expect("it fails in time").expect_err("it fails")
}

#[tokio::test]
async fn plaintext_server_is_reported() {
    let plaintext = Running::start(danger::serve_plaintext("a test"), Limits::default()).await;
    let error = failure(&plaintext.uri(), &Ca::new("ca")).await;
    assert!(matches!(error, ConnectError::NotTls { .. }), "{error:?}");
    assert!(error.to_string().contains("plaintext"), "{error}");
}

#[tokio::test]
async fn client_sends_no_plaintext() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let received = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut received = Vec::new();
        _ = stream.read_to_end(&mut received).await;
        received
    });
    let error = failure(&format!("https://localhost:{port}"), &Ca::new("ca")).await;
    assert!(matches!(error, ConnectError::Timeout { .. }), "{error:?}");
    let received = received.await.unwrap();
    assert_eq!(received[..3], [0x16, 3, 1], "a TLS handshake record begins so");
    let length = usize::from(u16::from_be_bytes([received[3], received[4]]));
    assert_eq!(received.len(), 5 + length, "and nothing follows it");
    assert!(!received.windows(4).any(|it| it == b"PRI "), "least of all HTTP/2");
}

#[tokio::test]
async fn a_plaintext_address_is_refused() {
    let error = failure("http://localhost:1", &Ca::new("ca")).await;
    assert!(matches!(error, ConnectError::NotHttps), "{error:?}");
    assert!(error.to_string().contains("danger::connect_plaintext"), "{error}");
}

#[tokio::test]
async fn wrong_server_name_is_reported() {
    let ca = Ca::new("ca");
    let issued = ca.issue_as(|params| {
        params.subject_alt_names = vec![rcgen::SanType::DnsName("elsewhere.internal".try_into().unwrap())];
    });
    let server = Running::start(server_tls(&issued), Limits::default()).await;
    let error = failure(&server.uri(), &ca).await;
    assert!(matches!(error, ConnectError::WrongName { .. }), "{error:?}");
}

#[tokio::test]
async fn ip_address_in_the_certificate_is_a_server_name() {
    let ca = Ca::new("ca");
    let server = Running::start(server_tls(&ca.issue()), Limits::default()).await;
    SecureChannel::connect(&format!("https://{}", server.address), client_tls(&ca)).await.unwrap();
}

#[tokio::test]
async fn unknown_issuer_is_reported() {
    let server = Running::start(server_tls(&Ca::new("ca").issue()), Limits::default()).await;
    let error = failure(&server.uri(), &Ca::new("another")).await;
    assert!(matches!(error, ConnectError::UnknownIssuer { .. }), "{error:?}");
}

#[tokio::test]
async fn expired_server_certificate_is_reported() {
    let ca = Ca::new("ca");
    let address = lax_server(&ca.issue_expired(), &[&TLS13], &[b"h2"]).await;
    let error = failure(&address, &ca).await;
    assert!(matches!(error, ConnectError::Expired { .. }), "{error:?}");
}

#[tokio::test]
async fn server_without_http2_is_reported() {
    let ca = Ca::new("ca");
    for alpn in [&[][..], &[&b"http/1.1"[..]]] {
        let address = lax_server(&ca.issue(), &[&TLS13], alpn).await;
        let error = failure(&address, &ca).await;
        assert!(matches!(error, ConnectError::NotHttp2 { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn tls12_is_refused_unless_allowed() {
    let ca = Ca::new("ca");
    let address = lax_server(&ca.issue(), &[&TLS12], &[b"h2"]).await;
    let error = failure(&address, &ca).await;
    assert!(matches!(error, ConnectError::TlsVersion { .. }), "{error:?}");

    let server = Running::start(server_tls(&ca.issue()).allow_tls12(), Limits::default()).await;
    SecureChannel::connect(&server.uri(), client_tls(&ca).allow_tls12()).await.unwrap();
}

#[tokio::test]
async fn closed_port_is_reported() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = failure(&format!("https://localhost:{port}"), &Ca::new("ca")).await;
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn connection_closed_during_the_handshake_is_reported() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    let error = failure(&format!("https://localhost:{port}"), &Ca::new("ca")).await;
    assert!(matches!(error, ConnectError::Closed { .. }), "{error:?}");
    assert!(error.to_string().contains("client certificate"), "{error}");
}

#[tokio::test]
async fn server_that_is_silent_after_its_handshake_times_out() {
    let ca = Ca::new("ca");
    let address = lax_server(&ca.issue(), &[&TLS13], &[b"h2"]).await;
    let error = failure(&address, &ca).await;
    assert!(matches!(error, ConnectError::Timeout { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_client_certificate_is_reported_to_a_slow_client() {
    let ca = Ca::new("ca");
    let server = Running::start(mutual_tls(&ca.issue(), &ca), Limits::default()).await;
    let (address, tls) = (server.uri(), client_tls(&ca));
    let connecting = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            tokio::spawn(async {
                loop {
                    std::thread::sleep(Duration::from_millis(2));
                    tokio::task::yield_now().await;
                }
            });
            for _ in 0..20 {
                let error = SecureChannel::connect(&address, tls.clone()).await.unwrap_err();
                assert!(matches!(error, ConnectError::CertificateRequired { .. }), "{error:?}");
            }
        });
    });
    connecting.join().unwrap();
}

#[tokio::test]
async fn broken_connection_is_replaced_with_the_same_tls_checks() {
    let ca = Ca::new("ca");
    let issued = ca.issue();
    let mut server = Running::start(server_tls(&issued), Limits::default()).await;
    let channel = SecureChannel::connect(&server.uri(), client_tls(&ca)).await.unwrap();
    call_open(&channel, "").await.unwrap();
    server.stop();
    server.task.await.unwrap();

    let impostor = lax_server_at(server.address, &Ca::new("another").issue(), &[&TLS13], &[b"h2"]).await;
    let error = call_open(&channel, "").await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable, "{error:?}");
    drop(impostor);
}

/// A server that checks nothing, and says nothing once the handshake is over.
async fn lax_server(issued: &Issued, versions: &[&'static SupportedProtocolVersion], alpn: &[&[u8]]) -> String {
    lax_server_at("127.0.0.1:0".parse().unwrap(), issued, versions, alpn).await
}

async fn lax_server_at(
    address: std::net::SocketAddr,
    issued: &Issued,
    versions: &[&'static SupportedProtocolVersion],
    alpn: &[&[u8]],
) -> String {
    let listener = TcpListener::bind(address).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = raw_acceptor(issued, versions, alpn);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                _ = stream.flush().await;
                _ = stream.read_to_end(&mut Vec::new()).await;
            }
        }
    });
    format!("https://localhost:{port}")
}
