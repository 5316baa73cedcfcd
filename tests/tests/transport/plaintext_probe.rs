//! Health probes in plaintext, and the signals that stop a server.

use secure_runtime::server::{serve_health_in_plaintext, shutdown_signal};
use secure_tests::server::call;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};

async fn plaintext(listener: &TcpListener) -> Channel {
    let address = listener.local_addr().unwrap();
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy()
}

#[tokio::test]
async fn plaintext_probe_reaches_only_health() {
    let (_, health) = tonic_health::server::health_reporter();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let channel = plaintext(&listener).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(serve_health_in_plaintext(listener, health, async { _ = stopped.await }));
    assert_eq!(call(&channel, "/grpc.health.v1.Health/Check", &[]).await, Code::Ok);
    for path in ["/kinds.v1.Kinds/UnaryPublic", "/grpc.health.v1.Health/Other", "/grpc.health.v1.HealthX/Check"] {
        assert_eq!(call(&channel, path, &[]).await, Code::Unimplemented, "{path}");
    }
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_process_stops_at_sigterm() {
    let waiting = tokio::spawn(shutdown_signal());
    // The handler is installed when the future is polled first. Until then, the signal would end this process.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let status = std::process::Command::new("kill").args(["-TERM", &std::process::id().to_string()]).status();
    assert!(status.unwrap().success());
    waiting.await.unwrap();
}
