//! Our client, with responses of hand-made frames.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use secure_runtime::{Credentials, SecureChannel, danger};
use secure_tests::services::kinds::v1::Message;
use secure_tests::services::kinds::v1::kinds_client::KindsClient;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};
use tonic::{Code, Request, Status, Streaming};

use super::message;

/// What a server does, one after the other.
#[derive(Clone, Debug)]
enum Step {
    Headers(&'static [(&'static str, &'static str)]),
    Data(Vec<u8>),
    Trailers(&'static [(&'static str, &'static str)]),
    /// Headers of a proxy: 503, and a body follows.
    Unavailable,
    /// The stream ends without trailers.
    End,
    /// The connection breaks.
    Break,
    Wait,
}
use Step::{Break, Data, End, Headers, Trailers, Unavailable, Wait};

const GRPC: Step = Headers(&[("content-type", "application/grpc")]);
const OK: Step = Trailers(&[("grpc-status", "0")]);

#[tokio::test]
async fn response_without_a_status_is_internal() {
    for steps in [
        vec![GRPC, End],
        vec![GRPC, Data(message(&[])), End],
        vec![GRPC, Data(message(&[])), Trailers(&[("x-other", "1")])],
        vec![Headers(&[("content-type", "application/grpc"), ("grpc-status", "0")]), Data(message(&[])), End],
    ] {
        assert_eq!(codes(&steps).await, [Code::Internal; 4], "{steps:?}");
    }
}

#[tokio::test]
async fn response_that_ends_inside_a_message_is_internal() {
    for end in [1, 4, 5, 7] {
        let part = message(&[10, 1, b'x'])[..end].to_vec();
        for last in [End, OK] {
            let steps = [GRPC, Data(part.clone()), last];
            assert_eq!(codes(&steps).await, [Code::Internal; 4], "{steps:?}");
        }
    }
}

#[tokio::test]
async fn unary_response_with_no_or_several_messages_is_refused() {
    let none = codes(&[GRPC, OK]).await;
    assert_eq!(none, [Code::Unimplemented, Code::Ok, Code::Unimplemented, Code::Ok]);
    let alone = codes(&[Headers(&[("content-type", "application/grpc"), ("grpc-status", "0")]), End]).await;
    assert_eq!(alone, [Code::Unimplemented, Code::Ok, Code::Unimplemented, Code::Ok]);
    let several = codes(&[GRPC, Data(message(&[]).repeat(2)), OK]).await;
    assert_eq!(several, [Code::Unimplemented, Code::Ok, Code::Unimplemented, Code::Ok]);
}

#[tokio::test]
async fn status_of_the_server_is_kept_after_truncated_messages() {
    let failed = Trailers(&[("grpc-status", "9")]);
    for data in [message(&[]), message(&[])[..3].to_vec()] {
        let steps = [GRPC, Data(data), failed.clone()];
        assert_eq!(codes(&steps).await, [Code::FailedPrecondition; 4], "{steps:?}");
    }
    let early = Headers(&[("content-type", "application/grpc"), ("grpc-status", "9")]);
    assert_eq!(codes(&[early, End]).await, [Code::FailedPrecondition; 4]);
}

#[tokio::test]
async fn too_long_response_is_resource_exhausted() {
    let long = [0, 0, 64, 0, 1].to_vec();
    assert_eq!(codes(&[GRPC, Data(long), Wait]).await, [Code::ResourceExhausted; 4]);
}

#[tokio::test]
async fn response_that_is_not_grpc_is_refused() {
    let html = Headers(&[("content-type", "text/html")]);
    assert_eq!(codes(&[html, Data(b"<html>".to_vec()), End]).await, [Code::Unknown; 4]);
    let compressed = Headers(&[("content-type", "application/grpc"), ("grpc-encoding", "gzip")]);
    assert_eq!(codes(&[compressed, Data(message(&[])), OK]).await, [Code::Internal; 4]);
}

#[tokio::test]
async fn call_ends_at_its_deadline_at_every_stage_of_the_response() {
    for steps in [vec![Wait], vec![GRPC, Wait], vec![GRPC, Data(message(&[])), Wait]] {
        let start = Instant::now();
        assert_eq!(codes(&steps).await, [Code::DeadlineExceeded; 4], "{steps:?}");
        assert!(start.elapsed() >= TIME * 4, "{steps:?}");
    }
}

#[tokio::test]
async fn body_of_a_response_with_another_http_status_is_not_waited_for() {
    for steps in [vec![Unavailable, Wait], vec![Unavailable, Data(b"<html>".to_vec()), Wait]] {
        assert_eq!(codes(&steps).await, [Code::Unavailable; 4], "{steps:?}");
    }
}

#[tokio::test]
async fn call_whose_connection_breaks_is_unavailable_at_every_stage_of_the_response() {
    for steps in [vec![Break], vec![GRPC, Break], vec![GRPC, Data(message(&[])), Break]] {
        assert_eq!(codes(&steps).await, [Code::Unavailable; 4], "{steps:?}");
    }
}

/// The time that each call has.
const TIME: Duration = Duration::from_millis(200);

/// The status of a call of each kind: unary, server-streaming, client-streaming, bidirectional.
async fn codes(steps: &[Step]) -> [Code; 4] {
    let client = KindsClient::new(answered_by(steps.into()).await, Credentials::none());
    let many = || request(tokio_stream::iter([Message::default()]));
    [
        code(async { client.unary_public(request(Message::default())).await.map(drop) }).await,
        code(async { all(client.server_stream_public(request(Message::default())).await?.into_inner()).await }).await,
        code(async { client.client_stream_public(many()).await.map(drop) }).await,
        code(async { all(client.bidi_stream_public(many()).await?.into_inner()).await }).await,
    ]
}

fn request<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(TIME);
    request
}

async fn all(mut responses: Streaming<Message>) -> Result<(), Status> {
    while responses.message().await?.is_some() {}
    Ok(())
}

async fn code(call: impl Future<Output = Result<(), Status>>) -> Code {
    let outcome = timeout(Duration::from_secs(10), call).await.expect("the call ends");
    outcome.map_or_else(|status| status.code(), |()| Code::Ok)
}

/// A channel to a server that answers every call so.
async fn answered_by(steps: Arc<[Step]>) -> SecureChannel {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            serve(stream, Arc::clone(&steps)).await;
        }
    });
    danger::connect_plaintext(&uri, "a test").await.unwrap()
}

async fn serve(stream: TcpStream, steps: Arc<[Step]>) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    let broken = Arc::new(Notify::new());
    loop {
        let accepted = tokio::select! {
            accepted = connection.accept() => accepted,
            () = broken.notified() => return,
        };
        let Some(Ok((_, mut respond))) = accepted else { return };
        let (steps, broken) = (Arc::clone(&steps), Arc::clone(&broken));
        tokio::spawn(async move {
            let is_alone = matches!(&steps[..], [Headers(_), End]);
            let mut body = None;
            for step in steps.iter() {
                match (step, &mut body) {
                    (Headers(fields), _) => {
                        let mut response = Response::new(());
                        *response.headers_mut() = headers(fields);
                        body = Some(respond.send_response(response, is_alone).unwrap());
                    }
                    (Unavailable, _) => {
                        let response = Response::builder().status(503).body(()).unwrap();
                        body = Some(respond.send_response(response, false).unwrap());
                    }
                    (Data(bytes), Some(body)) => body.send_data(Bytes::from(bytes.clone()), false).unwrap(),
                    (Trailers(fields), Some(body)) => body.send_trailers(headers(fields)).unwrap(),
                    (End, Some(body)) if !is_alone => body.send_data(Bytes::new(), true).unwrap(),
                    (Break, _) => {
                        sleep(TIME / 10).await; // what was sent arrives before
                        broken.notify_one();
                        sleep(Duration::from_secs(20)).await; // without a reset of the stream
                    }
                    (Wait, _) => sleep(Duration::from_secs(20)).await,
                    _ => {}
                }
            }
        });
    }
}

fn headers(fields: &'static [(&'static str, &'static str)]) -> HeaderMap {
    let field = |(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
    fields.iter().copied().map(field).collect()
}
