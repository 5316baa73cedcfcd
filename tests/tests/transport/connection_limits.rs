//! Limits on what one client may use.

use std::future::poll_fn;
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::SendRequest;
use http::{Request, StatusCode};
use rustls::version::TLS13;
use secure_runtime::danger;
use secure_runtime::server::Limits;
use secure_runtime::{ServeError, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use secure_tests::pki::Ca;
use secure_tests::probe::Running;
use secure_tests::raw::{PING, PREFACE, SETTINGS, WINDOW_UPDATE, frame};
use secure_tests::tls::{raw_tls, server_tls};

async fn http2(ca: &Ca, server: &Running) -> SendRequest<Bytes> {
    let stream = raw_tls(server.address, ca, &[&TLS13], &[b"h2"]).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    client.ready().await.unwrap()
}

fn call(header: &str) -> Request<()> {
    Request::post("https://localhost/lab.Probe/Open")
        .header("content-type", "application/grpc")
        .header("x-filler", header)
        .body(())
        .unwrap()
}

#[tokio::test]
async fn streams_are_limited() {
    let ca = Ca::new("ca");
    for (limits, expected) in [(Limits::default(), 100), (Limits::default().max_concurrent_streams(3), 3)] {
        let server = Running::start(server_tls(&ca.issue()), limits).await;
        let mut client = http2(&ca, &server).await;
        let (answer, mut body) = client.send_request(call(""), false).unwrap();
        body.send_data(Bytes::from_static(&[0; 5]), true).unwrap();
        answer.await.unwrap();
        assert_eq!(client.current_max_send_streams(), expected);
    }
}

#[tokio::test]
async fn headers_are_limited() {
    let ca = Ca::new("ca");
    let small = Limits::default().max_header_list_size(1024);
    for (limits, length, expected) in [
        (Limits::default(), 8 * 1024, StatusCode::OK),
        (Limits::default(), 20 * 1024, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        (small, 2 * 1024, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
    ] {
        let server = Running::start(server_tls(&ca.issue()), limits).await;
        let mut client = http2(&ca, &server).await;
        let (answer, mut body) = client.send_request(call(&"a".repeat(length)), false).unwrap();
        _ = body.send_data(Bytes::from_static(&[0; 5]), true);
        assert_eq!(answer.await.unwrap().status(), expected);
    }
}

#[tokio::test]
async fn client_that_resets_its_streams_is_closed() {
    let ca = Ca::new("ca");
    let server = Running::start(server_tls(&ca.issue()), Limits::default()).await;
    let mut client = http2(&ca, &server).await;
    for _ in 0..10_000 {
        if poll_fn(|context| client.poll_ready(context)).await.is_err() {
            return;
        }
        let Ok((_, mut body)) = client.send_request(call(""), false) else { return };
        body.send_reset(h2::Reason::CANCEL);
        tokio::task::yield_now().await;
    }
    panic!("10,000 rapid resets went through");
}

/// Two newcomers of three were locked out once, by silent clients of one address.
#[tokio::test]
async fn silent_clients_are_evicted_for_a_client_that_sends() {
    let ca = Ca::new("ca");
    let limits = Limits::default().max_pending_handshakes(8).max_pending_handshakes_per_address(8);
    let server = Running::start(server_tls(&ca.issue()), limits).await;
    let mut silent = Vec::new();
    for _ in 0..5 {
        for _ in 0..20 {
            silent.push(TcpStream::connect(server.address).await.unwrap());
        }
        http2(&ca, &server).await;
    }
    for stream in &mut silent[..80] {
        let closed = timeout(Duration::from_secs(1), stream.read(&mut [0])).await;
        assert!(!matches!(closed.expect("it made room"), Ok(1..)));
    }
}

#[tokio::test]
async fn slow_handshake_is_closed() {
    let ca = Ca::new("ca");
    let limits = Limits::default()
        .first_byte_timeout(Duration::from_millis(300))
        .handshake_timeout(Duration::from_millis(1_000));
    let server = Running::start(server_tls(&ca.issue()), limits).await;
    let (mut silent, mut slow) =
        (TcpStream::connect(server.address).await.unwrap(), TcpStream::connect(server.address).await.unwrap());
    slow.write_all(&[22, 3, 1]).await.unwrap();
    let start = Instant::now();
    assert!(!matches!(timeout(Duration::from_secs(5), silent.read(&mut [0])).await.unwrap(), Ok(1..)));
    let silent = start.elapsed();
    assert!(!matches!(timeout(Duration::from_secs(5), slow.read(&mut [0])).await.unwrap(), Ok(1..)));
    let slow = start.elapsed();
    assert!(silent.as_millis() >= 250 && silent < slow && slow.as_millis() >= 900, "{silent:?} {slow:?}");
    http2(&ca, &server).await;
}

#[tokio::test]
async fn clients_that_are_sending_are_not_evicted() {
    let ca = Ca::new("ca");
    let limits = Limits::default().max_pending_handshakes_per_address(4);
    let server = Running::start(server_tls(&ca.issue()), limits).await;
    let mut sending = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(&[22, 3, 1]).await.unwrap();
        sending.push(stream);
    }
    sleep(Duration::from_millis(100)).await;
    let mut further = TcpStream::connect(server.address).await.unwrap();
    let closed = timeout(Duration::from_secs(1), further.read(&mut [0])).await;
    assert!(!matches!(closed.expect("the new one is closed"), Ok(1..)));
    for stream in &mut sending {
        assert!(timeout(Duration::from_millis(20), stream.read(&mut [0])).await.is_err(), "it is still open");
    }
}

#[tokio::test]
async fn client_without_http2_is_closed_in_time() {
    let ca = Ca::new("ca");
    let limits = Limits::default().handshake_timeout(Duration::from_millis(200));
    let server = Running::start(server_tls(&ca.issue()), limits.clone()).await;
    let mut tls = raw_tls(server.address, &ca, &[&TLS13], &[b"h2"]).await.unwrap();
    let plaintext = Running::start(danger::serve_plaintext("a test"), limits).await;
    let mut tcp = TcpStream::connect(plaintext.address).await.unwrap();
    let ends = async {
        while tls.read(&mut [0; 64]).await.is_ok_and(|bytes| bytes > 0) {}
        while tcp.read(&mut [0; 64]).await.is_ok_and(|bytes| bytes > 0) {}
    };
    timeout(Duration::from_secs(1), ends).await.expect("both are closed");
}

#[tokio::test]
async fn client_that_sends_useless_frames_is_closed() {
    let ca = Ca::new("ca");
    let server = Running::start(server_tls(&ca.issue()), Limits::default()).await;
    for (kind, payload) in [(PING, &[0; 8][..]), (WINDOW_UPDATE, &[0, 0, 0, 1]), (0xbe, &[0; 100])] {
        let stream = raw_tls(server.address, &ca, &[&TLS13], &[b"h2"]).await.unwrap();
        let (mut read, mut write) = tokio::io::split(stream);
        let reading =
            tokio::spawn(async move { while read.read(&mut [0; 4096]).await.is_ok_and(|bytes| bytes > 0) {} });
        write.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await.unwrap();
        write.write_all(&frame(kind, 0, 0, payload).repeat(900)).await.unwrap();
        sleep(Duration::from_millis(200)).await;
        assert!(!reading.is_finished(), "{kind}: so many are nothing special");
        _ = write.write_all(&frame(kind, 0, 0, payload).repeat(300)).await;
        timeout(Duration::from_secs(2), reading).await.expect("it is closed").unwrap();
    }
}

/// rustls counts key updates in a row only, so a frame between them hides them from it.
#[tokio::test]
async fn key_updates_with_pings_between_end_the_connection() {
    let ca = Ca::new("ca");
    let server = Running::start(server_tls(&ca.issue()), Limits::default()).await;
    let mut stream = raw_tls(server.address, &ca, &[&TLS13], &[b"h2"]).await.unwrap();
    stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await.unwrap();
    let mut sent = 0;
    while sent < 5_000 {
        stream.get_mut().1.refresh_traffic_keys().unwrap();
        if stream.write_all(&frame(PING, 0, 0, &[0; 8])).await.is_err() || stream.flush().await.is_err() {
            break;
        }
        sent += 1;
        let answered = timeout(Duration::from_millis(1), stream.read(&mut [0; 4096])).await;
        if matches!(answered, Ok(Ok(0) | Err(_))) {
            break;
        }
    }
    assert!(sent < 1_200, "{sent} key updates");
}

#[tokio::test]
async fn limits_cannot_be_disabled() {
    let forever = Duration::MAX;
    for (limits, name) in [
        (Limits::default().default_deadline(Duration::ZERO), "default_deadline"),
        (Limits::default().drain_timeout(forever), "drain_timeout"),
        (Limits::default().first_byte_timeout(Duration::ZERO), "first_byte_timeout"),
        (Limits::default().first_message_timeout(forever), "first_message_timeout"),
        (Limits::default().handshake_timeout(forever), "handshake_timeout"),
        (Limits::default().http2_connection_window(1), "http2_connection_window"),
        (Limits::default().http2_stream_window(u32::MAX), "http2_stream_window"),
        (Limits::default().keepalive_interval(forever), "keepalive_interval"),
        (Limits::default().keepalive_timeout(Duration::ZERO), "keepalive_timeout"),
        (Limits::default().max_concurrent_streams(u32::MAX), "max_concurrent_streams"),
        (Limits::default().max_connection_age(forever), "max_connection_age"),
        (Limits::default().max_connection_idle(forever), "max_connection_idle"),
        (Limits::default().max_connections(0), "max_connections"),
        (Limits::default().max_connections_per_address(0), "max_connections_per_address"),
        (Limits::default().max_control_frames(0), "max_control_frames"),
        (Limits::default().max_deadline(forever), "max_deadline"),
        (Limits::default().max_header_list_size(u32::MAX), "max_header_list_size"),
        (Limits::default().max_local_error_resets(usize::MAX), "max_local_error_resets"),
        (Limits::default().max_pending_handshakes(0), "max_pending_handshakes"),
        (Limits::default().max_pending_handshakes_per_address(0), "max_pending_handshakes_per_address"),
        (Limits::default().max_pending_resets(usize::MAX), "max_pending_resets"),
        (Limits::default().max_response_stall(forever), "max_response_stall"),
        (Limits::default().max_unsent_bytes(0), "max_unsent_bytes"),
        (Limits::default().max_unsent_bytes_unauthenticated(usize::MAX), "max_unsent_bytes_unauthenticated"),
        (Limits::default().max_unfinished_bytes(0), "max_unfinished_bytes"),
        (Limits::default().max_unfinished_bytes_unauthenticated(usize::MAX), "max_unfinished_bytes_unauthenticated"),
        (Limits::default().stalled_message_timeout(Duration::ZERO), "stalled_message_timeout"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let served = Server::new(danger::serve_plaintext("a test")).limits(limits).serve(listener).await;
        assert!(matches!(served, Err(ServeError::LimitOutOfBounds(limit)) if limit == name), "{name}: {served:?}");
    }
}
