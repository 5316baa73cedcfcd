//! `grpc_health_probe` against both ways of serving health.

use std::path::Path;
use std::process::Output;

use secure_runtime::server::{Limits, serve_health_in_plaintext};
use secure_runtime::{Gate, Public};
use secure_tests::pki::Ca;
use secure_tests::probe::{Running, by_name};
use secure_tests::tls::server_tls;
use tokio::net::TcpListener;
use tokio::process::Command;
use tonic_health::ServingStatus;
use tonic_health::server::health_reporter;

use crate::tools::installed;

/// The exit statuses of the program.
const HEALTHY: Option<i32> = Some(0);
const NOT_CONNECTED: Option<i32> = Some(2);
const CALL_FAILED: Option<i32> = Some(3);
const NOT_SERVING: Option<i32> = Some(4);

async fn probe(program: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(["-connect-timeout", "2s", "-rpc-timeout", "2s"]).args(arguments).output().await.unwrap()
}

#[tokio::test]
async fn plaintext_probe_port_reports_health() {
    let Some(program) = installed("grpc-health-probe") else { return };
    let (reporter, health) = health_reporter();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("-addr={}", listener.local_addr().unwrap());
    tokio::spawn(serve_health_in_plaintext(listener, health, std::future::pending()));
    let healthy = probe(&program, &[&address]).await;
    assert_eq!(healthy.status.code(), HEALTHY, "{healthy:?}");
    let unknown = probe(&program, &[&address, "-service=shop.v1.Orders"]).await;
    assert_eq!(unknown.status.code(), CALL_FAILED, "{unknown:?}");
    reporter.set_service_status("", ServingStatus::NotServing).await;
    let stopping = probe(&program, &[&address]).await;
    assert_eq!(stopping.status.code(), NOT_SERVING, "{stopping:?}");
}

#[tokio::test]
async fn health_of_the_service_port_is_reported_over_tls_only() {
    let Some(program) = installed("grpc-health-probe") else { return };
    let (ca, directory) = (Ca::new("ca"), tempfile::tempdir().unwrap());
    let roots = directory.path().join("ca.crt");
    std::fs::write(&roots, ca.pem()).unwrap();
    let (_reporter, health) = health_reporter();
    let server = Running::start_gated(server_tls(&ca.issue()), Gate::new(by_name), |server| {
        server.limits(Limits::default()).add(Public::health(health))
    })
    .await;
    let (address, roots) = (format!("-addr={}", server.address), format!("-tls-ca-cert={}", roots.display()));
    let healthy = probe(&program, &[&address, "-tls", &roots, "-tls-server-name=localhost"]).await;
    assert_eq!(healthy.status.code(), HEALTHY, "{healthy:?}");
    let plaintext = probe(&program, &[&address]).await;
    assert_eq!(plaintext.status.code(), NOT_CONNECTED, "{plaintext:?}");
    let wrong_name = probe(&program, &[&address, "-tls", &roots, "-tls-server-name=other"]).await;
    assert_eq!(wrong_name.status.code(), NOT_CONNECTED, "{wrong_name:?}");
}
