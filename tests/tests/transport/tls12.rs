//! Clients without TLS 1.3.

use rustls::version::TLS12;
use secure_tests::kinds_service::Recorder;
use secure_tests::log::Log;
use secure_tests::secured::Secured;
use secure_tests::tls::raw_tls;

#[tokio::test]
async fn first_client_without_tls_1_3_is_logged_with_its_address() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let server = Secured::start(&Recorder::default(), |server| server).await;
    for _ in 0..2 {
        raw_tls(server.address, &server.ca, &[&TLS12], &[b"h2"]).await.unwrap_err();
    }
    let text = log.take();
    let warnings = text.lines().filter(|line| line.contains("allow_tls12")).collect::<Vec<_>>();
    assert!(matches!(warnings[..], [warning] if warning.contains("remote_addr=127.0.0.1:")), "{text}");
}
