//! HTTP/2 streams by hand, over any connection.

use bytes::Bytes;
use h2::SendStream;
use h2::client::{Builder, ResponseFuture, SendRequest};
use http::Request;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;

/// A connection on which anything can be called.
#[derive(Debug)]
#[non_exhaustive]
pub struct Http2 {
    /// Opens streams.
    pub client: SendRequest<Bytes>,
    /// Ends with the connection.
    pub connection: JoinHandle<Result<(), h2::Error>>,
}

impl Http2 {
    /// Speaks HTTP/2 on a connection.
    pub async fn over(io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        Self::with(&Builder::new(), io).await
    }

    /// The same, with these settings.
    pub async fn with(settings: &Builder, io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        let (client, connection) = settings.handshake(io).await.expect("the server speaks HTTP/2");
        let connection = tokio::spawn(connection);
        Self { client: client.ready().await.expect("the server takes streams"), connection }
    }

    /// Sends the headers of a call, with a token if there is one. `None` if the connection is closed.
    pub fn open(&mut self, path: &str, token: Option<&str>) -> Option<(ResponseFuture, SendStream<Bytes>)> {
        let mut request = Request::post(format!("https://localhost{path}")).header("content-type", "application/grpc");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.client.send_request(request.body(()).expect("a request"), false).ok()
    }

    /// Calls a method with one empty message.
    pub async fn call(&mut self, path: &str, token: Option<&str>) -> Option<String> {
        let (answer, mut body) = self.open(path, token)?;
        body.send_data(Bytes::from_static(&[0; 5]), true).ok()?;
        grpc_status(answer).await
    }
}

/// The value of `grpc-status`, in headers or trailers. `None` if the stream or the connection broke.
pub async fn grpc_status(answer: ResponseFuture) -> Option<String> {
    let mut answer = answer.await.ok()?;
    let status = answer.headers().get("grpc-status").cloned();
    while answer.body_mut().data().await.is_some() {}
    let status = match status {
        Some(status) => status,
        None => answer.body_mut().trailers().await.ok()??.get("grpc-status")?.clone(),
    };
    Some(status.to_str().expect("a number").to_owned())
}
