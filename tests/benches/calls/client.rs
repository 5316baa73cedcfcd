//! The client: HTTP/2 by hand, so that it costs less than the servers.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use h2::client::SendRequest;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Request};
use prost::Message as _;
use rustls::ClientConfig;
use secure_tests::http2::Http2;
use secure_tests::tls::handshake;
use tonic::Code;

use crate::handlers::REPETITIONS;
use crate::handlers::gated::Text;

/// A method, and its answer.
#[derive(Clone)]
pub(crate) struct Method {
    path: &'static str,
    request: Bytes,
    answer: Bytes,
}

impl Method {
    pub(crate) fn unary() -> Self {
        Self { path: "https://localhost/load.v1.Load/Say", request: message(), answer: message() }
    }

    pub(crate) fn streaming() -> Self {
        let answer = message().repeat(REPETITIONS).into();
        Self { path: "https://localhost/load.v1.Load/Repeat", request: message(), answer }
    }

    /// Calls the method. Panics if the answer is wrong.
    pub(crate) async fn call(&self, client: SendRequest<Bytes>, authorization: Option<HeaderValue>, expected: Code) {
        let mut client = client.ready().await.expect("the server takes streams");
        let (answer, mut body) = client.send_request(self.head(authorization), false).expect("the connection is open");
        // A refusal may end the stream before the message is sent.
        let _ = body.send_data(self.request.clone(), true);
        let mut answer = answer.await.expect("an answer");
        let received = received(answer.body_mut()).await;
        let trailers = match answer.headers().contains_key(STATUS) {
            true => Some(answer.headers().clone()),
            false => answer.body_mut().trailers().await.expect("trailers"),
        };
        assert_eq!(trailers.as_ref().map(status), Some(expected), "{}", self.path);
        assert_eq!(received, if expected == Code::Ok { &self.answer[..] } else { &[] }, "{}", self.path);
    }

    fn head(&self, authorization: Option<HeaderValue>) -> Request<()> {
        let request = Request::post(self.path).header("content-type", "application/grpc").header("te", "trailers");
        let mut request = request.body(()).expect("a request");
        request.headers_mut().extend(authorization.map(|value| (AUTHORIZATION, value)));
        request
    }
}

/// A message of 64 bytes of text, in its frame.
fn message() -> Bytes {
    let text = Text { text: "x".repeat(64) };
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(u32::try_from(text.encoded_len()).expect("a short message"));
    text.encode(&mut frame).expect("there is room");
    frame.freeze()
}

async fn received(body: &mut h2::RecvStream) -> BytesMut {
    let mut received = BytesMut::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.expect("the stream ends in order");
        body.flow_control().release_capacity(chunk.len()).expect("it was received");
        received.extend_from_slice(&chunk);
    }
    received
}

fn status(trailers: &HeaderMap) -> Code {
    trailers.get(STATUS).map_or(Code::Unknown, |status| Code::from_bytes(status.as_bytes()))
}

const STATUS: &str = "grpc-status";

/// The connections of a client.
pub(crate) enum Connections {
    /// Calls share these.
    Open(Vec<SendRequest<Bytes>>),
    /// Each call has one of its own, after a full handshake.
    New(Dialer),
}

impl Connections {
    pub(crate) async fn open(dialer: &Dialer, number: usize) -> Self {
        let mut open = Vec::new();
        for _ in 0..number {
            open.push(dialer.dial().await);
        }
        Self::Open(open)
    }

    /// The connection of a call.
    pub(crate) async fn of(&self, call: usize) -> SendRequest<Bytes> {
        match self {
            Self::Open(connections) => connections[call % connections.len()].clone(),
            Self::New(dialer) => dialer.dial().await,
        }
    }
}

/// Connects to one server.
#[derive(Clone)]
pub(crate) struct Dialer {
    pub(crate) address: SocketAddr,
    pub(crate) config: Arc<ClientConfig>,
}

impl Dialer {
    async fn dial(&self) -> SendRequest<Bytes> {
        let stream = handshake(self.address, Arc::clone(&self.config)).await.expect("a connection");
        stream.get_ref().0.set_nodelay(true).expect("it is open");
        let resumed = stream.get_ref().1.handshake_kind() == Some(rustls::HandshakeKind::Resumed);
        assert!(!resumed, "the handshake is a full one");
        Http2::over(stream).await.client
    }
}
