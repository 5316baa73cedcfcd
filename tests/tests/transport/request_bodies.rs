//! Limits on request bodies: their time, their memory, and their number of reset streams.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustls::version::TLS13;
use secure_runtime::Public;
use secure_runtime::server::Limits;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{sleep, sleep_until, timeout};

use secure_tests::http2::{Http2, grpc_status};
use secure_tests::pki::Ca;
use secure_tests::probe::Running;
use secure_tests::tls::{raw_tls, server_tls};

const OPEN: &str = "/lab.Probe/Open";
const WHO: &str = "/lab.Probe/Who";
const COLLECT: &str = "/lab.Probe/Collect";
const CLERK: Option<&str> = Some("clerk");

async fn start(limits: Limits) -> (Ca, Running, Http2) {
    let ca = Ca::new("ca");
    let server = Running::start(server_tls(&ca.issue()), limits).await;
    let http2 = connect(server.address, &ca).await;
    (ca, server, http2)
}

async fn connect(address: SocketAddr, ca: &Ca) -> Http2 {
    Http2::over(raw_tls(address, ca, &[&TLS13], &[b"h2"]).await.unwrap()).await
}

/// The beginning of a message: its prefix, and as many bytes of it.
fn message(length: usize, sent: usize) -> Bytes {
    let prefix = u32::try_from(length).unwrap().to_be_bytes();
    [&[0], &prefix[..], &vec![0; sent]].concat().into()
}

#[tokio::test]
async fn anonymous_message_over_64_kib_is_refused() {
    let (_ca, _server, mut http2) = start(Limits::default()).await;
    for (path, token, length, expected) in [
        (OPEN, None, 64 * 1024, None),
        (OPEN, None, 64 * 1024 + 1, Some(())),
        (WHO, CLERK, 64 * 1024 + 1, None),
        (OPEN, CLERK, 64 * 1024 + 1, None),
    ] {
        let (answer, mut body) = http2.open(path, token).unwrap();
        body.send_data(message(length, 10), false).unwrap();
        let refused = timeout(Duration::from_millis(300), grpc_status(answer)).await;
        assert_eq!(refused.ok().map(drop), expected, "{path} {token:?} {length}");
    }
}

#[tokio::test]
async fn large_message_of_a_health_check_is_refused() {
    let ca = Ca::new("ca");
    let (_reporter, health) = tonic_health::server::health_reporter();
    let server = Running::start_with(server_tls(&ca.issue()), |server| server.add(Public::health(health))).await;
    let mut http2 = connect(server.address, &ca).await;
    assert_eq!(http2.call("/grpc.health.v1.Health/Check", None).await.as_deref(), Some("0"));
    for method in ["Check", "Watch"] {
        let (answer, mut body) = http2.open(&format!("/grpc.health.v1.Health/{method}"), None).unwrap();
        body.send_data(message(5_000, 10), false).unwrap();
        let status = timeout(Duration::from_secs(1), grpc_status(answer)).await.expect("it is refused at its length");
        assert_ne!(status.as_deref(), Some("0"));
    }
}

#[tokio::test]
async fn unfinished_messages_of_a_connection_share_one_bound() {
    let (_ca, _server, mut http2) = start(Limits::default().max_unfinished_bytes(1024 * 1024)).await;
    let (_first, mut held) = http2.open(WHO, CLERK).unwrap();
    held.send_data(message(700_000, 600_000), false).unwrap();
    sleep(Duration::from_millis(300)).await;
    let (second, mut body) = http2.open(WHO, CLERK).unwrap();
    body.send_data(message(700_000, 600_000), false).unwrap();
    let status = timeout(Duration::from_secs(2), grpc_status(second)).await.expect("it is refused");
    assert_eq!(status.as_deref(), Some("8"));
    assert_eq!(http2.call(WHO, CLERK).await.as_deref(), Some("0"), "short messages are not concerned");
    held.send_reset(h2::Reason::CANCEL);
    sleep(Duration::from_millis(100)).await;
    let (third, mut body) = http2.open(WHO, CLERK).unwrap();
    body.send_data(message(700_000, 700_000), true).unwrap();
    let status = timeout(Duration::from_secs(2), grpc_status(third)).await.expect("there is room again");
    assert_ne!(status.as_deref(), Some("8"));
}

#[tokio::test]
async fn missing_first_message_ends_only_anonymous_calls() {
    let limits = Limits::default().first_message_timeout(Duration::from_millis(500));
    let (_ca, _server, mut http2) = start(limits).await;
    let start = Instant::now();
    let (answer, mut body) = http2.open(OPEN, None).unwrap();
    // One byte now and then is no message.
    let dripping = async {
        for _ in 0..4 {
            _ = body.send_data(Bytes::from_static(&[0]), false);
            sleep(Duration::from_millis(200)).await;
        }
    };
    let (status, ()) = tokio::join!(timeout(Duration::from_secs(3), grpc_status(answer)), dripping);
    assert_eq!(status.expect("the call ends").as_deref(), Some("4"));
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let (answer, mut body) = http2.open(COLLECT, CLERK).unwrap();
    sleep(Duration::from_secs(1)).await;
    body.send_data(message(0, 0), true).unwrap();
    assert_eq!(grpc_status(answer).await.as_deref(), Some("0"), "a stream of an authenticated caller may rest");
}

#[tokio::test]
async fn a_message_that_stalls_ends_its_call() {
    let limits = Limits::default().stalled_message_timeout(Duration::from_millis(300));
    let (_ca, server, mut http2) = start(limits).await;
    let (answer, mut body) = http2.open(COLLECT, CLERK).unwrap();
    body.send_data(message(0, 0), false).unwrap();
    sleep(Duration::from_millis(700)).await;
    body.send_data(message(100, 1), false).unwrap();
    assert_eq!(timeout(Duration::from_secs(2), grpc_status(answer)).await.expect("it ends").as_deref(), Some("0"));
    assert_eq!(server.requests_ended(), Some(tonic::Code::DeadlineExceeded));
}

/// Frames that were sent before the refusal arrived must not count against a connection. `SECURE_REFUSED_SECONDS=60` takes
/// longer.
#[tokio::test(flavor = "multi_thread")]
async fn streams_that_are_refused_do_not_end_the_connection() {
    let ca = Ca::new("ca");
    let server = Running::start(server_tls(&ca.issue()), Limits::default()).await;
    let far = delayed(server.address, Duration::from_millis(15)).await;
    let mut http2 = connect(far, &ca).await;
    let (good, mut body) = http2.open("/lab.Probe/Follow", CLERK).unwrap();
    body.send_data(message(0, 0), true).unwrap();
    let mut good = good.await.unwrap().into_body();
    good.data().await.unwrap().unwrap();
    let seconds = std::env::var("SECURE_REFUSED_SECONDS").map_or(3, |seconds| seconds.parse().unwrap());
    for per_second in [5, 20, 200] {
        let (end, mut streams) = (Instant::now() + Duration::from_secs(seconds), 0);
        while Instant::now() < end {
            streams += 1;
            let (answer, body) = http2.open(COLLECT, None).expect("the connection lives");
            tokio::spawn(send_until_answered(answer, body));
            sleep(Duration::from_secs(1) / per_second).await;
        }
        assert!(!http2.connection.is_finished(), "{per_second} refused streams a second");
        println!("{streams} refused streams in {seconds} s, and the connection lives");
    }
    assert!(timeout(Duration::from_millis(100), good.data()).await.is_err(), "the good stream lives");
    assert_eq!(http2.call(WHO, CLERK).await.as_deref(), Some("0"));
}

/// A client stream as an honest client sends it: a message every few milliseconds, until the answer is there.
async fn send_until_answered(answer: h2::client::ResponseFuture, mut body: h2::SendStream<Bytes>) {
    let sending = async {
        loop {
            if body.send_data(message(20, 20), false).is_err() {
                return;
            }
            sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        status = grpc_status(answer) => assert_eq!(status.as_deref(), Some("16")),
        () = sending => {}
    }
}

/// A proxy that delivers bytes late, in both directions.
async fn delayed(server: SocketAddr, delay: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(server).await.unwrap();
            _ = (client.set_nodelay(true), server.set_nodelay(true));
            let ((client_read, client_write), (server_read, server_write)) = (client.into_split(), server.into_split());
            tokio::spawn(copy_late(client_read, server_write, delay));
            tokio::spawn(copy_late(server_read, client_write, delay));
        }
    });
    address
}

async fn copy_late(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Send + Unpin + 'static,
    delay: Duration,
) {
    let (sender, mut receiver) = mpsc::unbounded_channel::<(tokio::time::Instant, Vec<u8>)>();
    tokio::spawn(async move {
        while let Some((due, bytes)) = receiver.recv().await {
            sleep_until(due).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        _ = to.shutdown().await;
    });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if sender.send((tokio::time::Instant::now() + delay, buffer[..length].to_vec())).is_err() {
            return;
        }
    }
}
