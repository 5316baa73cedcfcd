//! HTTP/1.1 on one connection, for gRPC-Web.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio_util::either::Either;
use tonic::body::Body;

use super::activity::RunningCall;
use super::http1_io::Http1Io;
use super::http2::Connected;
use super::limits::Limits;
use super::media_type::is_native_grpc;
use super::response_body::ResponseBody;

/// HTTP/1.1 within limits.
pub(super) struct Http1(Builder);

impl Http1 {
    pub(super) fn new(limits: &Limits) -> Self {
        let head = usize::try_from(limits.header_list_size()).unwrap_or(usize::MAX);
        let mut builder = Builder::new();
        builder
            // `Http1Io` limits the time of a head, and does not count the time between two requests.
            .header_read_timeout(None)
            .max_header_size(head)
            .max_buf_size(head.max(MIN_BUFFER_BYTES))
            // Parts of a response must not be copied: they count as unsent until they are dropped.
            .writev(true);
        Self(builder)
    }

    /// Answers the requests of a connection, one after the other, until it ends. After the sender of `go_away` is dropped, it
    /// takes no new ones.
    pub(super) async fn serve<S>(self, io: Http1Io<S>, connected: Connected, go_away: oneshot::Receiver<Infallible>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let heads = Arc::clone(io.heads());
        let answer = service_fn(move |request| answer(&connected, &heads, request));
        let mut connection = std::pin::pin!(self.0.serve_connection(TokioIo::new(io), answer));
        let served = tokio::select! {
            served = &mut connection => served,
            _ = go_away => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = served {
            tracing::debug!(%error, "an HTTP/1.1 connection ended with an error");
        }
    }
}

/// gRPC needs HTTP/2 (gRPC over HTTP2, "Requests"). No gate sees it, because its response needs trailers.
fn answer(
    connected: &Connected,
    heads: &AtomicUsize,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<ResponseBody>, Infallible>> + use<> {
    heads.fetch_add(1, Ordering::Relaxed);
    if is_native_grpc(request.headers()) {
        let mut refusal = Response::new(Body::empty());
        *refusal.status_mut() = StatusCode::HTTP_VERSION_NOT_SUPPORTED;
        return Either::Left(connected.responses.limit(std::future::ready(Ok(refusal))));
    }
    let call = connected.responses.begin();
    Either::Right(connected.answer(request.map(|body| HeldBody { body, _call: call })))
}

/// A request body. While it is read, even if only to be discarded, the connection is not idle, and no head begins.
struct HeldBody {
    body: Incoming,
    _call: RunningCall,
}

impl http_body::Body for HeldBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// hyper takes no smaller buffer.
const MIN_BUFFER_BYTES: usize = 8 * 1024;
