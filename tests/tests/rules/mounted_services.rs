//! The services of a server, as a value and in the log line at its start.

use secure_runtime::authz::Rule;
use secure_runtime::{Gate, Gated, Principal, Public, Server, danger};
use secure_tests::kinds_service::Recorder;
use secure_tests::log::Log;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use secure_tests::services::{kinds, shop};
use tokio::net::TcpListener;
use tonic_health::server::health_reporter;

fn gate() -> Gate {
    Gate::new(|_: &secure_runtime::CallHead<'_>| Principal::new("https://id.example.com", "somebody").into())
}

fn server() -> Server {
    let (_, health) = health_reporter();
    Server::new(danger::serve_plaintext("a test"))
        .add(KindsServer::new(Recorder::default(), gate()))
        .add(Public::health(health))
        .expect_services(kinds::v1::SERVICES)
        .expect_services(shop::v1::SERVICES)
}

#[test]
fn missing_and_unexpected_services_are_named() {
    let server = server();
    let mounted = server.mounted();
    assert_eq!(mounted.names(), ["kinds.v1.Kinds", "grpc.health.v1.Health"]);
    assert_eq!(mounted.missing(), ["shop.v1.Orders"]);
    assert_eq!(mounted.unexpected(), ["grpc.health.v1.Health"]);
}

#[test]
fn without_expected_services_none_is_missing() {
    let mounted = Server::new(danger::serve_plaintext("a test")).mounted().clone();
    assert!(mounted.missing().is_empty() && mounted.unexpected().is_empty());
    assert_eq!(mounted.to_string(), "no service");
}

#[test]
fn start_line_counts_methods_by_access_and_has_the_digest() {
    let (_, health) = health_reporter();
    let vendored = Gated::new(health, gate(), Rule::authenticated()).unwrap();
    let server = Server::new(danger::serve_plaintext("a test")).add(vendored);
    assert_eq!(server.mounted().to_string(), "grpc.health.v1.Health (authenticated)");
    let digest = &kinds::v1::kinds_policy::POLICY_DIGEST[..12];
    let line = self::server().mounted().to_string();
    let kinds = format!(
        "kinds.v1.Kinds (4 ignores credentials, 4 public, 4 authenticated, 8 by role, 4 denied, policy {digest}), \
         grpc.health.v1.Health (public); not mounted: shop.v1.Orders; not expected: grpc.health.v1.Health"
    );
    assert_eq!(line, kinds);
}

#[tokio::test]
async fn start_is_logged_in_one_line_with_the_address() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    server().serve_with_shutdown(listener, async {}).await.unwrap();
    let text = log.take();
    let lines = text.lines().filter(|line| line.contains(&format!("serving on {address}: kinds.v1.Kinds (")));
    assert_eq!(lines.count(), 1, "{text}");
    assert!(text.contains("not mounted: shop.v1.Orders"), "{text}");
}
