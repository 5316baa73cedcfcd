//! Responses that their client does not read, or reads slowly.

use std::time::{Duration, Instant};

use h2::RecvStream;
use h2::client::Builder;
use prost::Message as _;
use rustls::version::TLS13;
use secure_runtime::server::Limits;
use tokio::time::{sleep, timeout};

use secure_tests::http2::Http2;
use secure_tests::pki::Ca;
use secure_tests::probe::Running;
use secure_tests::tls::{raw_tls, server_tls};

const OPEN: &str = "/lab.Probe/Open";

async fn start(limits: Limits, client: &Builder) -> (Running, Http2) {
    let ca = Ca::new("ca");
    let server = Running::start(server_tls(&ca.issue()), limits).await;
    let http2 = Http2::with(client, raw_tls(server.address, &ca, &[&TLS13], &[b"h2"]).await.unwrap()).await;
    (server, http2)
}

/// Begins a call that is answered by so many bytes.
async fn answer(http2: &mut Http2, bytes: usize) -> Option<RecvStream> {
    let request = format!("bytes {bytes}").to_owned().encode_to_vec();
    let message = [&[0], &u32::try_from(request.len()).unwrap().to_be_bytes()[..], &request].concat();
    let (answer, mut body) = http2.open(OPEN, None)?;
    body.send_data(message.into(), true).unwrap();
    timeout(Duration::from_secs(1), answer).await.ok()?.ok().map(http::Response::into_body)
}

/// A client that reads of each stream what fits into its window, unless it says more.
fn patient() -> Builder {
    let mut client = Builder::new();
    client.initial_window_size(65_535).initial_connection_window_size(100_000_000);
    client
}

#[tokio::test]
async fn unread_response_closes_its_connection() {
    for length in [1, 60_000, 3_000_000] {
        let limits =
            Limits::default().max_response_stall(Duration::from_millis(400)).drain_timeout(Duration::from_millis(100));
        let mut client = Builder::new();
        client.initial_window_size(0);
        let (_server, mut http2) = start(limits, &client).await;
        let start = Instant::now();
        let _unread = answer(&mut http2, length).await.expect("the headers come");
        _ = timeout(Duration::from_secs(5), &mut http2.connection).await.expect("the connection ends");
        assert!(start.elapsed() >= Duration::from_millis(400), "{length} {:?}", start.elapsed());
    }
}

#[tokio::test]
async fn slowly_read_response_arrives_completely() {
    let limits = Limits::default().max_response_stall(Duration::from_millis(400));
    let (_server, mut http2) = start(limits, &patient()).await;
    let mut body = answer(&mut http2, 2_000_000).await.unwrap();
    let (start, mut length) = (Instant::now(), 0);
    while let Some(data) = body.data().await {
        let data = data.unwrap();
        length += data.len();
        sleep(Duration::from_millis(15)).await;
        body.flow_control().release_capacity(data.len()).unwrap();
    }
    assert!(length > 2_000_000 && start.elapsed() > Duration::from_secs(1), "{length} {:?}", start.elapsed());
}

#[tokio::test]
async fn unread_response_does_not_delay_others() {
    let (_server, mut http2) = start(Limits::default(), &patient()).await;
    let _unread = answer(&mut http2, 8_000_000).await.expect("the headers come");
    for _ in 0..20 {
        let call = timeout(Duration::from_secs(1), http2.call(OPEN, None)).await;
        assert_eq!(call.expect("it is answered").as_deref(), Some("0"));
    }
}

/// 500 streams without a window held 3.8 GB once.
#[tokio::test]
async fn calls_wait_while_too_many_bytes_are_unread() {
    let (_server, mut http2) = start(Limits::default(), &patient()).await;
    let mut unread = Vec::new();
    for _ in 0..2 {
        unread.push(answer(&mut http2, 3_000_000).await.expect("there is room for two"));
    }
    assert!(answer(&mut http2, 3_000_000).await.is_none(), "a handler ran");
    let mut first = unread.remove(0);
    let reading = async {
        while let Some(Ok(data)) = first.data().await {
            first.flow_control().release_capacity(data.len()).unwrap();
        }
    };
    timeout(Duration::from_secs(5), reading).await.expect("what is there can be read");
    assert!(answer(&mut http2, 3_000_000).await.is_some(), "there is room again");
}
