//! Limits that clients reach on open connections, and health checks, are events of the server's audit log.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use h2::client::Builder;
use rustls::version::TLS13;
use secure_runtime::audit::{AuditEvent, AuditLogger, HealthEvent, LimitEvent};
use secure_runtime::server::Limits;
use secure_runtime::{Public, Server};
use secure_tests::http2::Http2;
use secure_tests::pki::Ca;
use secure_tests::probe::Running;
use secure_tests::raw::{PING, PREFACE, SETTINGS, frame};
use secure_tests::tls::{raw_tls, server_tls};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::client::TlsStream;

/// What the log of the server got.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<String>>>);

impl Events {
    fn add(&self, event: String) {
        self.0.lock().unwrap().push(event);
    }

    /// The events, once there are so many.
    async fn wait_for(&self, count: usize) -> Vec<String> {
        let enough = async {
            while self.0.lock().unwrap().len() < count {
                sleep(Duration::from_millis(10)).await;
            }
        };
        _ = timeout(Duration::from_secs(10), enough).await;
        self.0.lock().unwrap().clone()
    }
}

impl AuditLogger for Events {
    fn log(&self, event: &AuditEvent<'_>) {
        self.add(format!("call of {}", event.method));
    }

    fn log_limit(&self, event: &LimitEvent) {
        assert!(event.remote_addr.is_some_and(|address| address.ip().is_loopback()));
        self.add(event.limit.name().to_owned());
    }

    fn log_health(&self, event: &HealthEvent) {
        assert!(event.remote_addr.is_some_and(|address| address.ip().is_loopback()));
        self.add(format!("{} health checks", event.calls));
    }
}

struct Site {
    ca: Ca,
    server: Running,
    events: Events,
}

impl Site {
    async fn start(limits: Limits) -> Self {
        Self::start_with(|server| server.limits(limits)).await
    }

    async fn start_with(tell: impl FnOnce(Server) -> Server) -> Self {
        let (ca, events) = (Ca::new("ca"), Events::default());
        let audit = events.clone();
        let server = Running::start_with(server_tls(&ca.issue()), |server| tell(server).audit(audit)).await;
        Self { ca, server, events }
    }

    async fn tls(&self) -> TlsStream<TcpStream> {
        raw_tls(self.server.address, &self.ca, &[&TLS13], &[b"h2"]).await.unwrap()
    }

    async fn http2(&self) -> Http2 {
        Http2::over(self.tls().await).await
    }

    async fn assert_reported(&self, limit: &str) {
        assert_eq!(self.events.wait_for(1).await, [limit]);
    }
}

const SOON: Duration = Duration::from_millis(200);
const OPEN: &str = "/lab.Probe/Open";
const COLLECT: &str = "/lab.Probe/Collect";
const CLERK: Option<&str> = Some("clerk");

/// The beginning of a message of this length.
fn beginning(length: u32) -> Bytes {
    [&[0], &length.to_be_bytes()[..], &[0; 40_000]].concat().into()
}

#[tokio::test]
async fn missing_preface_is_reported() {
    let site = Site::start(Limits::default().handshake_timeout(SOON)).await;
    let _silent = site.tls().await;
    site.assert_reported("handshake_timeout").await;
}

#[tokio::test]
async fn missing_first_message_is_reported() {
    let site = Site::start(Limits::default().first_message_timeout(SOON)).await;
    let mut http2 = site.http2().await;
    let _call = http2.open(OPEN, None).unwrap();
    site.assert_reported("first_message_timeout").await;
}

#[tokio::test]
async fn message_that_stalls_is_reported() {
    let site = Site::start(Limits::default().stalled_message_timeout(SOON)).await;
    let mut http2 = site.http2().await;
    let (_answer, mut body) = http2.open(COLLECT, CLERK).unwrap();
    body.send_data(beginning(50_000), false).unwrap();
    site.assert_reported("stalled_message_timeout").await;
}

#[tokio::test]
async fn unfinished_messages_that_are_too_long_are_reported() {
    let site = Site::start(Limits::default().max_unfinished_bytes(20_000)).await;
    let mut http2 = site.http2().await;
    let (_answer, mut body) = http2.open(COLLECT, CLERK).unwrap();
    body.send_data(beginning(50_000), false).unwrap();
    site.assert_reported("max_unfinished_bytes").await;
}

#[tokio::test]
async fn unread_response_is_reported() {
    let site = Site::start(Limits::default().max_response_stall(SOON)).await;
    let mut unread = Builder::new();
    unread.initial_window_size(0);
    let mut http2 = Http2::with(&unread, site.tls().await).await;
    let (answer, mut body) = http2.open(OPEN, None).unwrap();
    body.send_data(Bytes::from_static(&[0; 5]), true).unwrap();
    let _answer = answer.await.unwrap();
    site.assert_reported("max_response_stall").await;
}

#[tokio::test]
async fn evicted_connection_is_reported() {
    let site = Site::start(Limits::default().max_connections(1)).await;
    let mut first = site.http2().await;
    assert_eq!(first.call(OPEN, None).await.as_deref(), Some("0"));
    let _second = site.http2().await;
    site.assert_reported("max_connections").await;
}

#[tokio::test]
async fn useless_frames_are_reported() {
    let site = Site::start(Limits::default().max_control_frames(100)).await;
    let mut stream = site.tls().await;
    stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await.unwrap();
    _ = stream.write_all(&frame(PING, 0, 0, &[0; 8]).repeat(200)).await;
    site.assert_reported("max_control_frames").await;
}

#[tokio::test]
async fn rapid_resets_are_reported() {
    let site = Site::start(Limits::default()).await;
    let mut http2 = site.http2().await;
    for _ in 0..10_000 {
        let Some((_, mut body)) = http2.open(OPEN, None) else { break };
        body.send_reset(h2::Reason::CANCEL);
        tokio::task::yield_now().await;
        if http2.connection.is_finished() {
            break;
        }
    }
    site.assert_reported("max_pending_resets").await;
}

#[tokio::test]
async fn connection_that_ends_by_itself_is_not_reported() {
    let site = Site::start(Limits::default().handshake_timeout(SOON)).await;
    drop(site.tls().await);
    let mut http2 = site.http2().await;
    assert_eq!(http2.call(OPEN, None).await.as_deref(), Some("0"));
    drop(http2);
    sleep(SOON * 3).await;
    assert_eq!(*site.events.0.lock().unwrap(), [""; 0]);
}

#[tokio::test]
async fn health_checks_are_summed_up() {
    let (_reporter, health) = tonic_health::server::health_reporter();
    let mut site = Site::start_with(|server| server.add(Public::health(health))).await;
    let mut http2 = site.http2().await;
    for _ in 0..5 {
        assert_eq!(http2.call("/grpc.health.v1.Health/Check", None).await.as_deref(), Some("0"));
    }
    assert_eq!(http2.call(OPEN, None).await.as_deref(), Some("0"));
    assert_eq!(site.events.wait_for(1).await, ["1 health checks"], "further ones wait for ten seconds");
    drop(http2);
    site.server.stop();
    assert_eq!(site.events.wait_for(2).await, ["1 health checks", "4 health checks"], "the end tells the rest");
}
