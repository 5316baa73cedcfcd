//! Calls of a client: what it sends, to which server, and how often.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::server::SendResponse;
use http::{HeaderMap, Request, Response};
use rustls::ALL_VERSIONS;
use secure_runtime::authz::Denial;
use secure_runtime::client::{BidiCall, ConnectError, Retry};
use secure_runtime::server::Limits;
use secure_runtime::{Credentials, SecureChannel};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tonic::{Code, Status};

use secure_tests::pki::Ca;
use secure_tests::probe::{Running, call_open, call_who};
use secure_tests::services::kinds::v1::Message;
use secure_tests::services::kinds::v1::kinds_client::KindsClient;
use secure_tests::services::lab::probe_client::ProbeClient;
use secure_tests::services::lab::probe_policy::rpc;
use secure_tests::services::shop::v1::PackRequest;
use secure_tests::services::shop::v1::orders_client::OrdersClient;
use secure_tests::tls::{client_tls, raw_acceptor, server_tls};

/// What the scripted server does with a call.
#[derive(Clone, Copy)]
enum Does {
    /// Answers with an empty message after it has read one.
    Answers,
    /// Never answers.
    Hangs,
    /// Does not process it (`REFUSED_STREAM`).
    Refuses,
    /// Answers with a status.
    Says(fn() -> Status),
}

const EXPIRED: Does = Does::Says(|| Denial::CredentialExpired.into());

/// A server that does the same with every call, or something else with the first.
struct Scripted {
    uri: String,
    requests: Arc<Mutex<Vec<HeaderMap>>>,
}

impl Scripted {
    async fn start(ca: &Ca, first: Does, others: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (acceptor, log) = (raw_acceptor(&ca.issue(), ALL_VERSIONS, &[b"h2"]), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(acceptor.clone(), stream, Arc::clone(&log), first, others));
            }
        });
        Self { uri, requests }
    }

    /// A header of each request.
    fn sent(&self, name: &str) -> Vec<String> {
        let text = |headers: &HeaderMap| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        self.requests.lock().unwrap().iter().map(text).collect()
    }
}

async fn serve(acceptor: TlsAcceptor, stream: TcpStream, log: Arc<Mutex<Vec<HeaderMap>>>, first: Does, others: Does) {
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, respond))) = connection.accept().await {
        let does = {
            let mut log = log.lock().unwrap();
            log.push(request.headers().clone());
            if log.len() == 1 { first } else { others }
        };
        tokio::spawn(answer(request, respond, does));
    }
}

async fn answer(request: Request<h2::RecvStream>, mut respond: SendResponse<Bytes>, does: Does) {
    match does {
        Does::Answers => {
            let mut body = request.into_body();
            if body.data().await.is_none() {
                return;
            }
            let head = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
            let mut stream = respond.send_response(head, false).unwrap();
            stream.send_data(Bytes::from_static(&[0; 5]), false).unwrap();
            let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), "0".parse().unwrap())]);
            stream.send_trailers(trailers).unwrap();
        }
        Does::Hangs => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            drop(respond);
        }
        Does::Refuses => respond.send_reset(h2::Reason::REFUSED_STREAM),
        Does::Says(status) => {
            _ = respond.send_response(status().into_http::<()>(), true).unwrap();
        }
    }
}

fn numbered_tokens() -> Credentials {
    let number = Mutex::new(0);
    Credentials::source(move || {
        let mut number = number.lock().unwrap();
        *number += 1;
        std::future::ready(Ok::<_, std::io::Error>(format!("token-{number}")))
    })
}

#[tokio::test]
async fn user_agent_metadata_and_default_deadline_are_sent() {
    let ca = Ca::new("ca");
    let server = Scripted::start(&ca, Does::Answers, Does::Answers).await;
    let builder = SecureChannel::builder(client_tls(&ca)).user_agent("billing/1.4");
    let channel = builder.connect(&server.uri).await.unwrap().default_deadline(Duration::from_secs(30));
    let client = ProbeClient::new(channel, Credentials::none());
    client.open(String::new()).await.unwrap();
    let mut request = tonic::Request::new(String::new());
    request.metadata_mut().insert("x-trace", "7".parse().unwrap());
    request.set_timeout(Duration::from_secs(1));
    client.open(request).await.unwrap();
    assert!(server.sent("user-agent").iter().all(|name| name.starts_with("billing/1.4 ")));
    let [default, own] = timeouts(&server).try_into().unwrap();
    assert!((29..=30).contains(&default.as_secs()) && default < Duration::from_secs(30), "{default:?}");
    assert!(own < Duration::from_secs(1) && own > Duration::from_millis(500), "{own:?}");
    assert_eq!(server.sent("x-trace"), ["", "7"]);
}

#[tokio::test]
async fn user_agent_that_is_no_header_is_refused() {
    let ca = Ca::new("ca");
    let refused = SecureChannel::builder(client_tls(&ca)).user_agent("a\nb").lazy("https://localhost:1");
    assert!(matches!(refused, Err(ConnectError::UserAgent)), "{refused:?}");
}

#[tokio::test]
async fn default_deadline_ends_a_call() {
    let ca = Ca::new("ca");
    let server = Scripted::start(&ca, Does::Hangs, Does::Hangs).await;
    let channel = SecureChannel::connect(&server.uri, client_tls(&ca)).await.unwrap();
    let started = Instant::now();
    let status = call_open(&channel.default_deadline(Duration::from_millis(200)), "").await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

/// What the server got as `grpc-timeout`, in microseconds or nanoseconds.
fn timeouts(server: &Scripted) -> Vec<Duration> {
    let sent = server.sent("grpc-timeout").into_iter();
    sent.map(|value| match value.split_at(value.len() - 1) {
        (number, "u") => Duration::from_micros(number.parse().unwrap()),
        (number, unit) => panic!("{number}{unit}"),
    })
    .collect()
}

#[tokio::test]
async fn server_gets_the_time_that_a_credential_left() {
    let ca = Ca::new("ca");
    let server = Scripted::start(&ca, Does::Answers, Does::Answers).await;
    let channel = SecureChannel::connect(&server.uri, client_tls(&ca)).await.unwrap();
    let slow = Credentials::source(|| async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok::<_, std::io::Error>("token".to_owned())
    });
    call_who(&channel.default_deadline(Duration::from_secs(10)), slow).await.unwrap();
    let [left] = timeouts(&server).try_into().unwrap();
    assert!(left <= Duration::from_secs(9), "{left:?}");
}

#[tokio::test]
async fn deadline_includes_the_wait_for_a_credential() {
    let ca = Ca::new("ca");
    let server = Scripted::start(&ca, Does::Answers, Does::Answers).await;
    let channel = SecureChannel::connect(&server.uri, client_tls(&ca)).await.unwrap();
    let never = Credentials::source(std::future::pending::<Result<String, std::io::Error>>);
    let client = KindsClient::new(channel.default_deadline(Duration::from_millis(200)), never);
    let many = || tokio_stream::iter([Message::default()]);
    let calls = async {
        [
            client.unary_authenticated(Message::default()).await.map(drop),
            client.server_stream_authenticated(Message::default()).await.map(drop),
            client.client_stream_authenticated(many()).await.map(drop),
            client.bidi_stream_authenticated(many()).await.map(drop),
        ]
    };
    for outcome in tokio::time::timeout(Duration::from_secs(10), calls).await.expect("the calls end") {
        assert_eq!(outcome.unwrap_err().code(), Code::DeadlineExceeded);
    }
    assert!(server.sent("te").is_empty());
}

#[tokio::test]
async fn expired_token_is_renewed_once() {
    let ca = Ca::new("ca");
    for (others, code) in [(Does::Answers, Code::Ok), (EXPIRED, Code::Unauthenticated)] {
        let server = Scripted::start(&ca, EXPIRED, others).await;
        let channel = SecureChannel::connect(&server.uri, client_tls(&ca)).await.unwrap();
        let called = call_who(&channel, numbered_tokens()).await;
        assert_eq!(called.map_or_else(|status| status.code(), |_| Code::Ok), code);
        assert_eq!(server.sent("authorization"), ["Bearer token-1", "Bearer token-2"]);
    }
}

#[tokio::test]
async fn expired_token_without_another_is_sent_once() {
    let ca = Ca::new("ca");
    let server = Scripted::start(&ca, EXPIRED, Does::Answers).await;
    let channel = SecureChannel::connect(&server.uri, client_tls(&ca)).await.unwrap();
    let status = call_who(&channel, Credentials::bearer("old").unwrap()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(server.sent("authorization").len(), 1);
}

#[tokio::test]
async fn call_that_the_server_did_not_process_is_sent_again() {
    let ca = Ca::new("ca");
    let server = Scripted::start(&ca, Does::Refuses, Does::Answers).await;
    let channel = SecureChannel::connect(&server.uri, client_tls(&ca)).await.unwrap();
    call_open(&channel, "").await.unwrap();
    assert_eq!(server.sent("te").len(), 2);
}

#[tokio::test]
async fn retries_are_limited_to_methods_and_attempts() {
    let ca = Ca::new("ca");
    let server = Scripted::start(&ca, Does::Refuses, Does::Refuses).await;
    let channel = SecureChannel::connect(&server.uri, client_tls(&ca)).await.unwrap();
    let retry = Retry::new(3).initial_backoff(Duration::from_millis(1));
    for (channel, sent) in [
        (channel.clone(), 2),
        (channel.clone().retry::<rpc::Who>(retry), 2),
        (channel.clone().retry::<rpc::Open>(retry), 4),
    ] {
        let before = server.sent("te").len();
        let status = call_open(&channel, "").await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable, "{status:?}");
        assert_eq!(server.sent("te").len() - before, sent);
    }
}

#[tokio::test]
async fn call_that_the_server_answered_is_not_sent_again() {
    let ca = Ca::new("ca");
    let server = Scripted::start(&ca, Does::Says(|| Status::unavailable("later")), Does::Answers).await;
    let channel = SecureChannel::connect(&server.uri, client_tls(&ca)).await.unwrap();
    let status = call_open(&channel.retry::<rpc::Open>(Retry::new(5)), "").await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unavailable, "later"));
    assert_eq!(server.sent("te").len(), 1);
}

#[tokio::test]
async fn lazy_channel_connects_at_a_call() {
    let ca = Ca::new("ca");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let channel = SecureChannel::lazy(&format!("https://localhost:{port}"), client_tls(&ca)).unwrap();
    let status = call_open(&channel, "").await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");

    let server = Running::start(server_tls(&ca.issue()), Limits::default()).await;
    let channel = SecureChannel::lazy(&server.uri(), client_tls(&ca)).unwrap();
    call_open(&channel, "").await.unwrap();
    assert!(matches!(SecureChannel::lazy("http://a", client_tls(&ca)), Err(ConnectError::NotHttps)));
}

#[tokio::test]
async fn call_waits_for_a_retry_until_the_server_is_there() {
    let ca = Ca::new("ca");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let channel = SecureChannel::lazy(&format!("https://{address}"), client_tls(&ca)).unwrap();
    let channel = channel.retry::<rpc::Open>(Retry::new(5).initial_backoff(Duration::from_millis(200)));
    let call = tokio::spawn(async move { call_open(&channel, "").await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let acceptor = raw_acceptor(&ca.issue(), ALL_VERSIONS, &[b"h2"]);
    let listener = TcpListener::bind(address).await.unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(acceptor.clone(), stream, Arc::default(), Does::Answers, Does::Answers));
        }
    });
    call.await.unwrap().unwrap();
}

#[tokio::test]
async fn calls_go_to_all_servers_in_turn_and_around_a_dead_one() {
    let ca = Ca::new("ca");
    let first = Scripted::start(&ca, Does::Answers, Does::Answers).await;
    let second = Scripted::start(&ca, Does::Answers, Does::Answers).await;
    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead_uri = format!("https://localhost:{}", dead.local_addr().unwrap().port());
    drop(dead);
    let channel = SecureChannel::builder(client_tls(&ca)).balance([&first.uri, &dead_uri, &second.uri]).unwrap();
    for _ in 0..12 {
        call_open(&channel, "").await.unwrap();
    }
    let counts = [first.sent("te").len(), second.sent("te").len()];
    assert_eq!(counts.iter().sum::<usize>(), 12);
    assert!(counts.iter().all(|count| *count >= 3), "{counts:?}");
}

#[tokio::test]
async fn each_server_of_a_balanced_channel_proves_its_name() {
    let ca = Ca::new("ca");
    let impostor = Scripted::start(&Ca::new("another"), Does::Answers, Does::Answers).await;
    let channel = SecureChannel::builder(client_tls(&ca)).balance([&impostor.uri]).unwrap();
    let status = call_who(&channel, Credentials::bearer("secret").unwrap()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    assert!(impostor.sent("te").is_empty());
    let nothing = SecureChannel::builder(client_tls(&ca)).balance([""; 0]);
    assert!(matches!(nothing, Err(ConnectError::NoAddress)), "{nothing:?}");
}

#[tokio::test]
async fn bidi_call_sends_before_the_server_has_answered() {
    let ca = Ca::new("ca");
    let server = Scripted::start(&ca, Does::Answers, Does::Answers).await;
    let channel = SecureChannel::connect(&server.uri, client_tls(&ca)).await.unwrap();
    let orders = OrdersClient::new(channel, Credentials::bearer("clerk").unwrap());
    let mut call = BidiCall::open(|requests| async move { orders.pack(requests).await });
    call.send(PackRequest { id: 7 }).await.unwrap();
    let response = tokio::time::timeout(Duration::from_secs(10), call.message()).await.expect("no deadlock").unwrap();
    assert!(response.is_some());
    call.finish();
    assert!(call.message().await.unwrap().is_none());
    assert_eq!(call.send(PackRequest { id: 8 }).await.unwrap_err().code(), Code::Cancelled);
}
