//! Calls on a connection whose client leaves so much unread that handlers wait.

use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::{Builder, ResponseFuture};
use h2::{Reason, RecvStream, SendStream};
use http::Request;
use prost::Message as _;
use rustls::version::TLS13;
use secure_runtime::server::Limits;
use secure_runtime::{Gate, Server};
use tokio::time::{sleep, timeout};
use tower::layer::util::Identity;

use secure_tests::http2::{Http2, grpc_status};
use secure_tests::kinds_service::Recorder;
use secure_tests::pki::Ca;
use secure_tests::probe::{Running, by_name};
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use secure_tests::tls::{raw_tls, server_tls};

/// One method of each kind. Their handlers answer at once.
const KINDS: [&str; 4] = ["Unary", "ServerStream", "ClientStream", "BidiStream"];

const DEADLINE_EXCEEDED: Option<&str> = Some("4");
const UNAUTHENTICATED: Option<&str> = Some("16");

struct Full {
    server: Running,
    http2: Http2,
    unread: Vec<RecvStream>,
}

impl Full {
    /// Calls these methods, then leaves too much unread. Returns the connection, and the answers.
    async fn start(
        tell: impl FnOnce(Server) -> Server,
        calls: &[(&str, &str, &str)],
    ) -> (Self, Vec<(ResponseFuture, SendStream<Bytes>)>) {
        let mut full = Self::with_room(tell).await;
        let calls = calls.iter().map(|(path, token, timeout)| full.send(path, token, timeout, &[0; 5])).collect();
        sleep(Duration::from_millis(100)).await;
        full.leave_unread().await;
        (full, calls)
    }

    /// A connection on which nothing is unread yet.
    async fn with_room(tell: impl FnOnce(Server) -> Server) -> Self {
        let ca = Ca::new("ca");
        let server = Running::start_with(server_tls(&ca.issue()), |server| {
            let server = server.limits(Limits::default().max_unsent_bytes(4_000_000));
            tell(server.add(KindsServer::new(Recorder::default(), Gate::new(by_name))))
        })
        .await;
        let mut client = Builder::new();
        client.initial_window_size(65_535).initial_connection_window_size(100_000_000);
        let http2 = Http2::with(&client, raw_tls(server.address, &ca, &[&TLS13], &[b"h2"]).await.unwrap()).await;
        Self { server, http2, unread: Vec::new() }
    }

    /// Leaves two answers unread, so that there is no room for new calls.
    async fn leave_unread(&mut self) {
        for _ in 0..2 {
            let (answer, _body) = self.send("/lab.Probe/Open", "clerk", "10S", &message("bytes 3000000"));
            self.unread.push(answer.await.unwrap().into_body());
        }
    }

    fn send(&mut self, path: &str, token: &str, timeout: &str, message: &[u8]) -> (ResponseFuture, SendStream<Bytes>) {
        let request = Request::post(format!("https://localhost{path}"))
            .header("content-type", "application/grpc")
            .header("grpc-timeout", timeout)
            .header("authorization", format!("Bearer {token}"));
        let (answer, mut body) = self.http2.client.send_request(request.body(()).unwrap(), false).unwrap();
        body.send_data(Bytes::copy_from_slice(message), true).unwrap();
        (answer, body)
    }

    /// The outcome of a call with one empty message, if there is one in a second.
    async fn call(&mut self, path: &str, token: &str, limit: &str) -> Option<String> {
        let (answer, _body) = self.send(path, token, limit, &[0; 5]);
        timeout(Duration::from_secs(1), grpc_status(answer)).await.ok()?
    }
}

/// A gRPC message with this text.
fn message(text: &str) -> Vec<u8> {
    let message = text.to_owned().encode_to_vec();
    [&[0, 0, 0, 0, u8::try_from(message.len()).unwrap()][..], &message].concat()
}

#[tokio::test]
async fn handler_that_has_begun_finishes_while_too_much_is_unread() {
    for layered in [false, true] {
        let layer = |server: Server| if layered { server.layer(Identity::new()) } else { server };
        let mut full = Full::with_room(layer).await;
        let (begun, _body) = full.send("/lab.Probe/Open", "clerk", "10S", &message("400"));
        sleep(Duration::from_millis(100)).await;
        full.leave_unread().await;
        assert_eq!(
            full.call("/lab.Probe/Open", "clerk", "100m").await.as_deref(),
            DEADLINE_EXCEEDED,
            "a new call waits"
        );
        let status = timeout(Duration::from_secs(1), grpc_status(begun)).await.expect("the handler goes on");
        assert_eq!(status.as_deref(), Some("0"));
    }
}

#[tokio::test]
async fn call_that_waits_for_room_ends_at_its_deadline() {
    let (mut full, _) = Full::start(|server| server, &[]).await;
    for kind in KINDS {
        let path = format!("/kinds.v1.Kinds/{kind}Authenticated");
        let start = Instant::now();
        assert_eq!(full.call(&path, "clerk", "300m").await.as_deref(), DEADLINE_EXCEEDED, "{kind}");
        assert!(start.elapsed() >= Duration::from_millis(290), "{kind}");
    }
    full.unread.clear();
    for kind in KINDS {
        let path = format!("/kinds.v1.Kinds/{kind}Authenticated");
        assert_eq!(full.call(&path, "clerk", "10S").await.as_deref(), Some("0"), "{kind}");
    }
}

#[tokio::test]
async fn call_that_waits_for_room_ends_when_its_token_expires() {
    let (mut full, _) = Full::start(|server| server, &[]).await;
    for kind in KINDS {
        let path = format!("/kinds.v1.Kinds/{kind}Authenticated");
        assert_eq!(full.call(&path, "short-lived", "10S").await.as_deref(), UNAUTHENTICATED, "{kind}");
    }
}

#[tokio::test]
async fn refusal_does_not_wait_for_room() {
    let (mut full, _) = Full::start(|server| server, &[]).await;
    let start = Instant::now();
    for (path, expected) in [
        ("/kinds.v1.Kinds/UnaryDenied", Some("7")),
        ("/kinds.v1.Kinds/UnaryReader", Some("7")),
        ("/kinds.v1.Kinds/Nope", Some("12")),
        ("/other.v1.Other/Get", Some("12")),
    ] {
        assert_eq!(full.call(path, "clerk", "10S").await.as_deref(), expected, "{path}");
    }
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn running_call_ends_in_time_while_too_much_is_unread() {
    for layered in [false, true] {
        let layer = |server: Server| if layered { server.layer(Identity::new()) } else { server };
        let calls = ["/lab.Probe/Hang", "/lab.Probe/Follow"];
        let at_deadline = calls.map(|path| (path, "clerk", "600m"));
        let (full, answers) = Full::start(layer, &at_deadline).await;
        for ((answer, _body), path) in answers.into_iter().zip(calls) {
            let status = timeout(Duration::from_secs(1), grpc_status(answer)).await.expect(path);
            assert_eq!(status.as_deref(), DEADLINE_EXCEEDED, "{path} {layered}");
        }
        assert_eq!(full.server.running_handlers(), 0);
    }
}

#[tokio::test]
async fn cancelled_call_is_dropped_while_too_much_is_unread() {
    let calls = ["/lab.Probe/Hang", "/lab.Probe/Follow"].map(|path| (path, "clerk", "60S"));
    let (full, mut answers) = Full::start(|server| server, &calls).await;
    assert_eq!(full.server.running_handlers(), 2);
    for (_, body) in &mut answers {
        body.send_reset(Reason::CANCEL);
    }
    sleep(Duration::from_millis(100)).await;
    assert_eq!(full.server.running_handlers(), 0);
}
