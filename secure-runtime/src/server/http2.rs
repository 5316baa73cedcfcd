//! HTTP/2 on one connection.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use http::Request;
use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio_util::either::Either;
use tonic::body::Body;
use tonic::transport::server::TcpConnectInfo;

use super::app::App;
use super::body::{RequestBody, Source};
use super::executor::CallExecutor;
use super::limits::Limits;
use super::responses::{Answering, LimitResponses};
use crate::connection::Vouched;
use crate::connection_limit::ConnectionLimit;
use crate::gate::{Answer, ResponseFuture};

/// HTTP/2 within limits.
///
/// Not tonic's server, which wraps every call in five services and its response in three more boxes.
pub(super) struct Http2 {
    builder: Builder<CallExecutor>,
    calls: CallExecutor,
}

impl Http2 {
    /// `sends_pings` says whether PINGs find dead connections.
    pub(super) fn new(limits: &Limits, sends_pings: bool) -> Self {
        let calls = CallExecutor::default();
        let mut builder = Builder::new(calls.clone());
        builder
            .timer(TokioTimer::new())
            .keep_alive_interval(sends_pings.then_some(limits.keepalive_interval))
            .keep_alive_timeout(limits.keepalive_timeout)
            .initial_connection_window_size(limits.http2_connection_window)
            .initial_stream_window_size(limits.http2_stream_window)
            .max_header_list_size(limits.header_list_size())
            .max_local_error_reset_streams(limits.max_local_error_resets)
            .max_pending_accept_reset_streams(limits.max_pending_resets)
            .max_concurrent_streams(limits.max_concurrent_streams);
        Self { builder, calls }
    }

    /// Answers the requests of a connection until it ends. After the sender of `go_away` is dropped, it takes no new ones.
    pub(super) async fn serve<S>(self, io: S, connected: Connected, go_away: oneshot::Receiver<Infallible>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let usage = Arc::clone(&connected.vouched.usage);
        let calls = self.calls.clone();
        let answer = service_fn(move |request| {
            let answering = connected.answer(request);
            calls.next_is_answered(answering.is_answered());
            answering
        });
        let mut connection = pin!(self.builder.serve_connection(TokioIo::new(io), answer));
        let served = tokio::select! {
            biased; // A random order would cost each poll of the connection a random number.
            // First, because a connection that is always busy leaves no time for what comes after it.
            _ = go_away => {
                connection.as_mut().graceful_shutdown();
                self.calls.serve(connection).await
            }
            served = self.calls.serve(connection.as_mut()) => served,
        };
        if let Err(error) = served {
            if is_misuse(&error) {
                usage.limit_reached(ConnectionLimit::Http2Errors);
            }
            tracing::debug!(%error, "a connection ended with an error");
        }
    }
}

/// Whether HTTP/2 closed a connection because its client asked for too much (RFC 9113, section 7).
fn is_misuse(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<h2::Error>());
    cause.is_some_and(|cause| cause.is_library() && cause.reason() == Some(h2::Reason::ENHANCE_YOUR_CALM))
}

/// What the calls of one connection share.
pub(super) struct Connected {
    pub(super) app: App,
    pub(super) vouched: Arc<Vouched>,
    pub(super) responses: LimitResponses,
}

impl Connected {
    /// Answers a request, within the limits on its body and its response.
    pub(super) fn answer<B: Source>(
        &self,
        request: Request<B>,
    ) -> Answering<Either<ResponseFuture, impl Future<Output = Result<Answer, Infallible>> + use<B>>> {
        self.responses.limit(self.app.answer(self.prepare(request)))
    }

    /// Records the connection of a request, and limits its body.
    fn prepare<B: Source>(&self, mut request: Request<B>) -> Request<Body> {
        let connection = &self.vouched.connection;
        // `tonic::Request::remote_addr` reads it.
        let addresses = TcpConnectInfo { local_addr: connection.local_addr(), remote_addr: connection.remote_addr() };
        request.extensions_mut().insert(addresses);
        request.extensions_mut().insert(Arc::clone(&self.vouched));
        RequestBody::limit(request, Arc::clone(&self.vouched.usage))
    }
}
