//! Limits on the number of connections, and which connection is closed when a limit is reached.

use std::time::{Duration, Instant};

use rustls::version::TLS13;
use secure_runtime::server::Limits;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use secure_tests::http2::Http2;
use secure_tests::pki::Ca;
use secure_tests::probe::Running;
use secure_tests::tls::{raw_tls, server_tls};

const OPEN: &str = "/lab.Probe/Open";
const FOLLOW: &str = "/lab.Probe/Follow";
const CLERK: Option<&str> = Some("clerk");

struct Lab {
    ca: Ca,
    server: Running,
}

impl Lab {
    async fn start(limits: Limits) -> Self {
        let ca = Ca::new("ca");
        let server = Running::start(server_tls(&ca.issue()), limits).await;
        Self { ca, server }
    }

    async fn connect(&self) -> Http2 {
        Http2::over(raw_tls(self.server.address, &self.ca, &[&TLS13], &[b"h2"]).await.unwrap()).await
    }

    /// A connection with a call that does not end.
    async fn busy(&self) -> (Http2, h2::RecvStream) {
        let mut http2 = self.connect().await;
        let (answer, mut body) = http2.open(FOLLOW, CLERK).unwrap();
        body.send_data(vec![0; 5].into(), true).unwrap();
        (http2, answer.await.unwrap().into_body())
    }

    async fn is_refused(&self) -> bool {
        let mut stream = TcpStream::connect(self.server.address).await.unwrap();
        matches!(timeout(Duration::from_secs(1), stream.read(&mut [0])).await, Ok(Ok(0) | Err(_)))
    }
}

async fn is_told_to_go(http2: &mut Http2) -> bool {
    let end = timeout(Duration::from_secs(2), &mut http2.connection).await;
    end.is_ok_and(|end| end.unwrap().is_ok())
}

#[tokio::test]
async fn idle_connection_is_closed_and_one_with_a_silent_call_is_kept() {
    let lab = Lab::start(Limits::default().max_connection_idle(Duration::from_millis(500))).await;
    let (busy, _answer) = lab.busy().await;
    let mut idle = lab.connect().await;
    sleep(Duration::from_millis(300)).await;
    assert_eq!(idle.call(OPEN, None).await.as_deref(), Some("0"));
    let start = Instant::now();
    assert!(is_told_to_go(&mut idle).await);
    assert!(start.elapsed() >= Duration::from_millis(450), "its last call counts: {:?}", start.elapsed());
    sleep(Duration::from_millis(500)).await;
    assert!(!busy.connection.is_finished());
}

#[tokio::test]
async fn longest_idle_connection_is_evicted() {
    let lab = Lab::start(Limits::default().max_connections(3)).await;
    let (busy, _answer) = lab.busy().await;
    let mut first = lab.connect().await;
    sleep(Duration::from_millis(20)).await;
    let mut second = lab.connect().await;
    sleep(Duration::from_millis(20)).await;
    first.call(OPEN, None).await.unwrap();
    let mut third = lab.connect().await;
    assert!(is_told_to_go(&mut second).await, "the first had a call after it came");
    assert_eq!(first.call(OPEN, None).await.as_deref(), Some("0"));
    assert_eq!(third.call(OPEN, None).await.as_deref(), Some("0"));
    assert!(!busy.connection.is_finished());
}

#[tokio::test]
async fn new_connection_is_refused_if_all_connections_have_calls() {
    let lab = Lab::start(Limits::default().max_connections(2)).await;
    let (first, second) = (lab.busy().await, lab.busy().await);
    assert!(lab.is_refused().await);
    assert!(!first.0.connection.is_finished() && !second.0.connection.is_finished());
    drop(first);
    sleep(Duration::from_millis(300)).await;
    assert_eq!(lab.connect().await.call(OPEN, None).await.as_deref(), Some("0"));
}

#[tokio::test]
async fn connections_of_one_address_are_limited() {
    let lab = Lab::start(Limits::default().max_connections_per_address(2)).await;
    let (_busy, _answer) = lab.busy().await;
    let mut idle = lab.connect().await;
    idle.call(OPEN, None).await.unwrap();
    let (_second, _second_answer) = lab.busy().await;
    assert!(is_told_to_go(&mut idle).await);
    assert!(lab.is_refused().await);
}

/// A client that does not answer must not keep its place.
#[tokio::test]
async fn evicted_connection_that_does_not_close_is_dropped() {
    let lab = Lab::start(Limits::default().max_connections(1)).await;
    let mut deaf = raw_tls(lab.server.address, &lab.ca, &[&TLS13], &[b"h2"]).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut deaf, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .unwrap();
    sleep(Duration::from_millis(100)).await;
    let mut next = lab.connect().await;
    let end = async { while deaf.read(&mut [0; 512]).await.is_ok_and(|bytes| bytes > 0) {} };
    timeout(Duration::from_secs(5), end).await.expect("it is cut");
    assert_eq!(next.call(OPEN, None).await.as_deref(), Some("0"));
}

#[tokio::test]
async fn http2_windows_have_the_set_size() {
    for (stream_window, connection_window) in [(70_000, 300_000), (300_000, 200_000)] {
        let limits = Limits::default().http2_stream_window(stream_window).http2_connection_window(connection_window);
        let lab = Lab::start(limits).await;
        let mut http2 = lab.connect().await;
        sleep(Duration::from_millis(100)).await;
        let (_answer, mut body) = http2.open("/lab.Probe/Hang", CLERK).unwrap();
        let granted = granted(&mut body, 200_000).await;
        assert_eq!(granted, stream_window.min(connection_window) as usize);
    }
}

/// How many of these bytes a stream may send.
async fn granted(body: &mut h2::SendStream<bytes::Bytes>, wanted: usize) -> usize {
    body.reserve_capacity(wanted);
    let granting = async {
        while body.capacity() < wanted {
            std::future::poll_fn(|context| body.poll_capacity(context)).await.unwrap().unwrap();
        }
    };
    _ = timeout(Duration::from_millis(300), granting).await;
    body.capacity()
}
