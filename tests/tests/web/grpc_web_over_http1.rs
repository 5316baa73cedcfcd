//! gRPC-Web over HTTP/1.1, sent byte by byte: the same gate, the same audit events, and limits of its own.

use std::convert::Infallible;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use secure_runtime::audit::AuditEvent;
use secure_runtime::authz::Access;
use secure_runtime::server::{Limits, ServeError, UnixOnly};
use secure_runtime::{Decision, Server, danger};
use secure_tests::kinds_service::Recorder;
use secure_tests::secured::Secured;
use secure_tests::services::kinds::v1::kinds_policy::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::client::TlsStream;
use tonic::Code;
use tonic::body::Body;
use tonic_web::GrpcWebLayer;
use tower::util::MapFutureLayer;

const BINARY: &str = "application/grpc-web+proto";
const TEXT: &str = "application/grpc-web-text";
const EMPTY_MESSAGE: &[u8] = &[0; 5];
const LIMIT: Duration = Duration::from_millis(400);

struct Web {
    server: Secured,
    recorder: Recorder,
    decisions: Arc<Mutex<Vec<Decision>>>,
}

impl Web {
    async fn start(limits: Limits) -> Self {
        Self::start_with(limits, |server| server.layer(GrpcWebLayer::new())).await
    }

    async fn start_with(limits: Limits, add: impl FnOnce(Server) -> Server) -> Self {
        let (recorder, decisions) = (Recorder::default(), Arc::<Mutex<Vec<_>>>::default());
        let recorded = Arc::clone(&decisions);
        let audit = move |event: &AuditEvent<'_>| recorded.lock().unwrap().push(event.decision);
        let server = Secured::start_audited(&recorder, audit, |server| add(server.limits(limits).allow_http1())).await;
        Self { server, recorder, decisions }
    }

    async fn connect(&self) -> Page {
        Page { io: self.server.tls_speaking(&[b"http/1.1"]).await.unwrap(), received: Vec::new() }
    }

    fn take_decisions(&self) -> usize {
        std::mem::take(&mut *self.decisions.lock().unwrap()).len()
    }
}

/// A connection of a browser.
struct Page {
    io: TlsStream<TcpStream>,
    received: Vec<u8>,
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    /// The outcome: in the headers of a refusal, in the last frame of an answer otherwise.
    fn code(&self) -> Code {
        let decoded = match self.head.contains(TEXT) {
            // Each frame is encoded by itself, so the text may have padding inside.
            true => self.body.chunks(4).flat_map(|part| BASE64_STANDARD.decode(part).unwrap()).collect(),
            false => self.body.clone(),
        };
        let text = format!("{}\n{}", self.head, String::from_utf8_lossy(&decoded));
        let (_, status) = text.rsplit_once("grpc-status:").unwrap_or_else(|| panic!("no outcome in {text}"));
        Code::from_bytes(status.lines().next().unwrap().trim().as_bytes())
    }
}

impl Page {
    async fn send(&mut self, bytes: &[u8]) {
        self.io.write_all(bytes).await.unwrap();
    }

    /// The next answer, or `None` if the connection is closed.
    async fn answer(&mut self) -> Option<Answer> {
        timeout(Duration::from_secs(5), self.read_answer()).await.expect("the server answers or closes")
    }

    async fn read_answer(&mut self) -> Option<Answer> {
        let end = loop {
            if let Some(end) = find(&self.received, b"\r\n\r\n") {
                break end;
            }
            self.receive().await?;
        };
        let head = String::from_utf8(self.received.drain(..end + 4).collect()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map(|it| it.parse().unwrap());
        let body = match length {
            Some(length) => self.take(length).await?,
            None if head.contains("transfer-encoding: chunked") => self.chunks().await?,
            None => Vec::new(),
        };
        Some(Answer { status, head, body })
    }

    async fn chunks(&mut self) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                if let Some(end) = find(&self.received, b"\r\n") {
                    break end;
                }
                self.receive().await?;
            };
            let size = String::from_utf8(self.take(end + 2).await?).unwrap();
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            let chunk = self.take(size + 2).await?;
            body.extend_from_slice(&chunk[..size]);
            if size == 0 {
                return Some(body);
            }
        }
    }

    async fn take(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.received.len() < length {
            self.receive().await?;
        }
        Some(self.received.drain(..length).collect())
    }

    async fn receive(&mut self) -> Option<()> {
        let mut bytes = [0; 4096];
        let length = self.io.read(&mut bytes).await.ok().filter(|length| *length > 0)?;
        self.received.extend_from_slice(&bytes[..length]);
        Some(())
    }

    /// Whether the server closes the connection, and when.
    async fn closed(&mut self) -> Duration {
        let start = Instant::now();
        let closed = async { while self.receive().await.is_some() {} };
        timeout(Duration::from_secs(5), closed).await.expect("the connection is closed");
        start.elapsed()
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|part| part == wanted)
}

fn head(path: &str, content_type: &str, fields: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {content_type}\r\n{fields}\r\n")
}

fn request(path: &str, content_type: &str, credential: Option<&str>, message: &[u8]) -> Vec<u8> {
    let body = if content_type == TEXT { BASE64_STANDARD.encode(message).into_bytes() } else { message.to_vec() };
    let credential = credential.map(|credential| format!("authorization: {credential}\r\n")).unwrap_or_default();
    let fields = format!("content-length: {}\r\n{credential}", body.len());
    [head(path, content_type, &fields).into_bytes(), body].concat()
}

fn open() -> Vec<u8> {
    request(Method::UnaryPublic.path(), BINARY, None, EMPTY_MESSAGE)
}

#[tokio::test]
async fn http1_is_refused_unless_it_is_allowed() {
    let server = Secured::start(&Recorder::default(), |server| server.layer(GrpcWebLayer::new())).await;
    let refused = server.tls_speaking(&[b"http/1.1"]).await.unwrap_err();
    assert!(refused.to_string().contains("NoApplicationProtocol"), "{refused}");
    // Who offers both gets HTTP/2.
    let web = Web::start(Limits::default()).await;
    let both = web.server.tls_speaking(&[b"http/1.1", b"h2"]).await.unwrap();
    assert_eq!(both.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let mut silent = web.server.tls_speaking(&[]).await.unwrap();
    assert!(!matches!(silent.read(&mut [0; 9]).await, Ok(1..)));
}

#[tokio::test]
async fn server_without_tls_does_not_start_with_http1() {
    let plaintext = Server::new(danger::serve_plaintext("a test")).allow_http1();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    assert!(matches!(plaintext.serve(listener).await, Err(ServeError::Http1WithoutTls)));
    let directory = tempfile::tempdir().unwrap();
    let socket = secure_runtime::server::UnixSocket::bind(directory.path().join("socket")).unwrap();
    assert!(matches!(Server::new(UnixOnly).allow_http1().serve(socket).await, Err(ServeError::Http1WithoutTls)));
}

#[tokio::test]
async fn method_over_http1_admits_the_callers_of_its_rule() {
    let web = Web::start(Limits::default()).await;
    let mut page = web.connect().await;
    let callers = [
        (None, Code::Unauthenticated),
        (Some("Bearer not.a.token".to_owned()), Code::Unauthenticated),
        (Some(web.server.bearer(&["auditor"])), Code::PermissionDenied),
        (Some(web.server.bearer(&["reader"])), Code::Ok),
    ];
    for method in [Method::UnaryPublic, Method::ServerStreamPublic, Method::UnaryReader, Method::ServerStreamReader] {
        for (credential, protected) in &callers {
            for content_type in [BINARY, TEXT] {
                let public = method.rule().access() == Access::Public;
                let forged = credential.as_ref().is_some_and(|credential| credential.len() < 20);
                let expected = if public && !forged { Code::Ok } else { *protected };
                page.send(&request(method.path(), content_type, credential.as_deref(), EMPTY_MESSAGE)).await;
                let answer = page.answer().await.expect("the connection stays open");
                assert_eq!((answer.status, answer.code()), (200, expected), "{method:?} {credential:?} {content_type}");
                assert_eq!(web.recorder.take().len(), usize::from(expected == Code::Ok), "{method:?}");
                assert_eq!(web.take_decisions(), 1);
            }
        }
    }
}

#[tokio::test]
async fn grpc_itself_is_refused_over_http1() {
    let web = Web::start(Limits::default()).await;
    let mut page = web.connect().await;
    let credential = web.server.bearer(&["reader"]);
    for content_type in ["application/grpc", "application/grpc+proto", "Application/gRPC"] {
        page.send(&request(Method::UnaryReader.path(), content_type, Some(&credential), EMPTY_MESSAGE)).await;
        assert_eq!(page.answer().await.unwrap().status, 505, "{content_type}");
    }
    assert!(web.recorder.take().is_empty());
    // Not even where no layer translates gRPC-Web.
    let web = Web::start_with(Limits::default(), |server| server).await;
    let mut page = web.connect().await;
    page.send(&request(Method::UnaryPublic.path(), "application/grpc", None, EMPTY_MESSAGE)).await;
    assert_eq!(page.answer().await.unwrap().status, 505);
    page.send(&open()).await;
    assert_eq!(page.answer().await.unwrap().status, 415);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let web = Web::start(Limits::default()).await;
    let mut page = web.connect().await;
    let denied = request(Method::UnaryReader.path(), BINARY, None, EMPTY_MESSAGE);
    page.send(&[open(), denied, open()].concat()).await;
    for expected in [Code::Ok, Code::Unauthenticated, Code::Ok] {
        assert_eq!(page.answer().await.unwrap().code(), expected);
    }
    assert_eq!((web.recorder.take().len(), web.take_decisions()), (2, 3));
}

#[tokio::test]
async fn request_with_two_lengths_is_the_last_of_its_connection() {
    let web = Web::start(Limits::default()).await;
    let hidden = request(Method::ServerStreamPublic.path(), BINARY, None, EMPTY_MESSAGE);
    let body = [&b"5\r\n"[..], EMPTY_MESSAGE, b"\r\n0\r\n\r\n", &hidden].concat();
    let [chunked, length] =
        ["transfer-encoding: chunked\r\n".to_owned(), format!("content-length: {}\r\n", body.len())];
    for fields in [format!("{chunked}{length}"), format!("{length}{chunked}")] {
        let mut page = web.connect().await;
        let path = Method::UnaryPublic.path();
        page.send(&[head(path, BINARY, &fields).as_bytes(), &body].concat()).await;
        assert_eq!(page.answer().await.unwrap().code(), Code::Ok);
        assert!(page.answer().await.is_none(), "{fields}");
        let handled: Vec<_> = web.recorder.take().iter().map(|seen| seen.method).collect();
        assert_eq!((handled, web.take_decisions()), (vec![Method::UnaryPublic], 1), "{fields}");
    }
    for fields in [
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: +5\r\n",
        "content-length: 5, 5\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding: x\r\ncontent-length: 5\r\n",
        "transfer-encoding : chunked\r\n",
        " folded: field\r\ncontent-length: 5\r\n",
    ] {
        let mut page = web.connect().await;
        page.send(&[head(Method::UnaryPublic.path(), BINARY, fields).as_bytes(), EMPTY_MESSAGE].concat()).await;
        assert_eq!(page.answer().await.map(|answer| answer.status), Some(400), "{fields}");
        assert!(page.answer().await.is_none(), "{fields}");
        assert_eq!(web.take_decisions(), 0, "{fields}");
    }
}

#[tokio::test]
async fn slow_head_closes_the_connection_and_a_pause_between_requests_does_not() {
    let web = Web::start(Limits::default().handshake_timeout(LIMIT).max_connection_idle(LIMIT * 4)).await;
    let mut page = web.connect().await;
    for _ in 0..2 {
        page.send(&open()).await;
        assert_eq!(page.answer().await.unwrap().code(), Code::Ok);
        sleep(LIMIT * 2).await;
    }
    assert!(page.closed().await >= LIMIT, "it is idle");

    for begun in [0, 1] {
        let mut page = web.connect().await;
        for _ in 0..begun {
            page.send(&open()).await;
            assert_eq!(page.answer().await.unwrap().code(), Code::Ok);
        }
        let start = Instant::now();
        for byte in open() {
            if page.io.write_all(&[byte]).await.is_err() || start.elapsed() > LIMIT * 3 {
                break;
            }
            sleep(LIMIT / 20).await;
        }
        page.closed().await;
        assert!(start.elapsed() < LIMIT * 3, "{:?}", start.elapsed());
        web.take_decisions();
    }
}

#[tokio::test]
async fn rest_of_the_body_of_a_refused_request_is_no_head() {
    let web = Web::start(Limits::default().handshake_timeout(LIMIT)).await;
    let mut page = web.connect().await;
    let fields = "content-length: 5\r\nauthorization: Bearer bad\r\n";
    page.send(head(Method::UnaryReader.path(), BINARY, fields).as_bytes()).await;
    assert_eq!(page.answer().await.unwrap().code(), Code::Unauthenticated);
    page.send(EMPTY_MESSAGE).await;
    sleep(LIMIT * 2).await;
    page.send(&open()).await;
    assert_eq!(page.answer().await.unwrap().code(), Code::Ok);
}

#[tokio::test]
async fn call_before_a_further_byte_is_cut_after_the_drain_timeout() {
    let limits = Limits::default().max_connection_age(LIMIT).drain_timeout(LIMIT);
    let silent = MapFutureLayer::new(|_| pending::<Result<http::Response<Body>, Infallible>>());
    let web = Web::start_with(limits, |server| server.layer(silent)).await;
    let mut page = web.connect().await;
    page.send(&[open(), b"P".to_vec()].concat()).await;
    assert!(page.closed().await < LIMIT * 6);
}

#[tokio::test]
async fn long_head_is_refused() {
    let web = Web::start(Limits::default().max_header_list_size(10_000)).await;
    let mut page = web.connect().await;
    let long = |length| {
        head(Method::UnaryPublic.path(), BINARY, &format!("content-length: 0\r\nx: {}\r\n", "x".repeat(length)))
    };
    page.send(long(9_000).as_bytes()).await;
    assert_eq!(page.answer().await.unwrap().status, 200);
    page.send(long(11_000).as_bytes()).await;
    assert_eq!(page.answer().await.unwrap().status, 431);
    assert!(page.answer().await.is_none());
    assert_eq!(web.take_decisions(), 1);
}

#[tokio::test]
async fn missing_body_ends_its_call() {
    let web = Web::start(Limits::default().first_message_timeout(LIMIT).stalled_message_timeout(LIMIT)).await;
    for (content_type, body) in [(BINARY, &[0_u8; 3][..]), (TEXT, b"AAAA")] {
        let mut page = web.connect().await;
        let fields = "content-length: 100\r\n";
        page.send(&[head(Method::UnaryPublic.path(), content_type, fields).as_bytes(), body].concat()).await;
        let start = Instant::now();
        let answer = page.answer().await.unwrap();
        // The layer makes INTERNAL of every error of a body.
        assert_eq!(answer.code(), Code::Internal, "{content_type}");
        assert!(start.elapsed() >= LIMIT, "{content_type}");
        assert!(web.recorder.take().is_empty());
    }
}

#[tokio::test]
async fn message_over_the_limit_is_refused() {
    let web = Web::start(Limits::default()).await;
    for content_type in [BINARY, TEXT] {
        let mut page = web.connect().await;
        let length = 70_000_u32;
        let message = [&[0], &length.to_be_bytes()[..], &vec![0; 70_000]].concat();
        page.send(&request(Method::UnaryPublic.path(), content_type, None, &message)).await;
        assert_eq!(page.answer().await.unwrap().code(), Code::ResourceExhausted, "{content_type}");
        assert!(web.recorder.take().is_empty());
    }
}

#[tokio::test]
async fn requests_of_a_client_that_reads_no_response_wait_until_it_is_closed() {
    // Without a layer that translates, every request is refused by headers alone.
    let limits = Limits::default().max_response_stall(Duration::from_secs(2));
    let web = Web::start_with(limits, |server| server).await;
    let mut page = web.connect().await;
    let denied = request(Method::UnaryReader.path(), BINARY, None, EMPTY_MESSAGE).repeat(1_000);
    let sending = tokio::spawn(async move { while page.io.write_all(&denied).await.is_ok() {} });
    let full = async {
        sleep(LIMIT).await;
        while web.take_decisions() > 0 {
            sleep(LIMIT).await;
        }
    };
    timeout(Duration::from_secs(30), full).await.expect("no request is read any more");
    assert!(!sending.is_finished(), "the connection is still there");
    timeout(Duration::from_secs(5), sending).await.expect("the connection is cut").unwrap();
}

#[tokio::test]
async fn idle_connection_is_evicted_for_a_new_one() {
    let web = Web::start(Limits::default().max_connections(1)).await;
    let mut first = web.connect().await;
    first.send(&open()).await;
    assert_eq!(first.answer().await.unwrap().code(), Code::Ok);
    let mut second = web.connect().await;
    second.send(&open()).await;
    assert_eq!(second.answer().await.unwrap().code(), Code::Ok);
    assert!(first.closed().await < Duration::from_secs(3));
}

#[tokio::test]
async fn connection_ends_at_its_age_between_two_requests() {
    let web = Web::start(Limits::default().max_connection_age(LIMIT)).await;
    let mut page = web.connect().await;
    page.send(&open()).await;
    assert_eq!(page.answer().await.unwrap().code(), Code::Ok);
    assert!(page.closed().await < LIMIT * 2);
}
