//! A call that passed the gate, on its way to its handler.

use std::future::Future;
use std::sync::Arc;

use tokio_stream::Stream;
use tonic::body::Body;
use tonic::codec::EnabledCompressionEncodings;
use tonic::server::Grpc;
use tonic::{Request, Response, Status, Streaming};
use tower::service_fn;

use super::admit::Admitted;
use super::ending::Ending;
use super::request::RequestBody;
use super::request_check::{CheckedCodec, RequestCheck};
use crate::authz::Denial;
use crate::connection::{Connection, Vouched};
use crate::method::{Candidate, FromDecision, Method, Rpc};
use crate::status;

/// What a service answers with.
pub type Answer = http::Response<Body>;

/// A call that passed the gate. Only the gate makes one; it yields the caller of its own method and of no other.
#[derive(Debug)]
pub struct Call<M> {
    method: M,
    request: http::Request<RequestBody>,
    admitted: Admitted,
    options: CodecOptions,
}

/// The setters of tonic's servers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CodecOptions {
    pub(super) accept_compression: EnabledCompressionEncodings,
    pub(super) send_compression: EnabledCompressionEncodings,
    pub(super) max_decoding_message_size: Option<usize>,
    pub(super) max_encoding_message_size: Option<usize>,
}

impl<M: Method> Call<M> {
    pub(super) fn new(
        method: M,
        request: http::Request<RequestBody>,
        admitted: Admitted,
        options: CodecOptions,
    ) -> Self {
        Self { method, request, admitted, options }
    }

    /// The call, as one of `R`. Nothing opens but the method that was decided about, and for that the decision is made
    /// again, from the type.
    pub fn to<R: Rpc<Method = M>>(self) -> CallOf<R> {
        let connection = Vouched::connection(self.request.extensions());
        let peer = connection.and_then(Connection::peer_certificates).cloned();
        let Admitted { principal, check } = self.admitted;
        let is_same = self.method == R::METHOD && check.is_some() != R::BOUNDS.is_empty();
        let candidate = Candidate { principal, peer };
        let decided = if is_same { R::Caller::decided(candidate) } else { Err(Denial::UnknownMethod) };
        CallOf { caller: decided, request: self.request, check, options: self.options }
    }
}

/// Hands a call that passed the gate to the handler of its method; generated for every implementor of the service.
pub trait Dispatch<T>: Method {
    /// Runs the handler.
    fn dispatch(self, service: Arc<T>, call: Call<Self>) -> impl Future<Output = Answer> + Send;
}

/// A call of `R`, with its caller.
#[expect(missing_debug_implementations, reason = "it lives for one line of generated code")]
pub struct CallOf<R: Rpc> {
    caller: Result<R::Caller, Denial>,
    request: http::Request<RequestBody>,
    check: Option<RequestCheck>,
    options: CodecOptions,
}

impl<R: Rpc> CallOf<R> {
    /// Runs the handler of a unary method.
    pub async fn unary<F, Fut>(self, handler: F) -> Answer
    where
        F: FnOnce(R::Caller, Request<R::Request>) -> Fut + Send,
        Fut: Future<Output = Result<Response<R::Response>, Status>> + Send,
    {
        match self.open() {
            Ok(Open { caller, request, check, mut grpc }) => {
                watched(check, grpc.unary(service_fn(once(caller, handler)), request)).await
            }
            Err(denial) => status::refusal(denial, &http::Method::POST),
        }
    }

    /// Runs the handler of a server-streaming method.
    pub async fn server_streaming<F, Fut, S>(self, handler: F) -> Answer
    where
        F: FnOnce(R::Caller, Request<R::Request>) -> Fut + Send,
        Fut: Future<Output = Result<Response<S>, Status>> + Send,
        S: Stream<Item = Result<R::Response, Status>> + Send + 'static,
    {
        match self.open() {
            Ok(Open { caller, request, check, mut grpc }) => {
                watched(check, grpc.server_streaming(service_fn(once(caller, handler)), request)).await
            }
            Err(denial) => status::refusal(denial, &http::Method::POST),
        }
    }

    /// Runs the handler of a client-streaming method.
    pub async fn client_streaming<F, Fut>(self, handler: F) -> Answer
    where
        F: FnOnce(R::Caller, Request<Streaming<R::Request>>) -> Fut + Send,
        Fut: Future<Output = Result<Response<R::Response>, Status>> + Send,
    {
        match self.open() {
            Ok(Open { caller, request, check, mut grpc }) => {
                check.iter().for_each(RequestCheck::admit_stream);
                watched(check, grpc.client_streaming(service_fn(once(caller, handler)), request)).await
            }
            Err(denial) => status::refusal(denial, &http::Method::POST),
        }
    }

    /// Runs the handler of a bidirectional-streaming method.
    pub async fn bidi_streaming<F, Fut, S>(self, handler: F) -> Answer
    where
        F: FnOnce(R::Caller, Request<Streaming<R::Request>>) -> Fut + Send,
        Fut: Future<Output = Result<Response<S>, Status>> + Send,
        S: Stream<Item = Result<R::Response, Status>> + Send + 'static,
    {
        match self.open() {
            Ok(Open { caller, request, check, mut grpc }) => {
                check.iter().for_each(RequestCheck::admit_stream);
                watched(check, grpc.streaming(service_fn(once(caller, handler)), request)).await
            }
            Err(denial) => status::refusal(denial, &http::Method::POST),
        }
    }

    fn open(self) -> Result<Open<R>, Denial> {
        let Self { caller, request, check, options } = self;
        let grpc = Grpc::new(CheckedCodec::new(check.clone()))
            .apply_compression_config(options.accept_compression, options.send_compression)
            .apply_max_message_size_config(options.max_decoding_message_size, options.max_encoding_message_size);
        let request = request.map(|body| match check.clone() {
            Some(check) => Ending::of_request(Body::new(body), check.refusal()),
            None => Body::new(body),
        });
        Ok(Open { caller: caller?, request, check, grpc })
    }
}

struct Open<R: Rpc> {
    caller: R::Caller,
    request: http::Request<Body>,
    check: Option<RequestCheck>,
    grpc: Grpc<CheckedCodec<R>>,
}

async fn watched(check: Option<RequestCheck>, answer: impl Future<Output = Answer>) -> Answer {
    match check {
        Some(check) => check.watch(answer).await,
        None => answer.await,
    }
}

/// tonic wants a service, and calls it once; a handler takes its caller by value, so once is all it can.
fn once<C, Q, F, Fut>(caller: C, handler: F) -> impl FnMut(Q) -> Fut
where
    F: FnOnce(C, Q) -> Fut,
{
    let mut handler = Some((caller, handler));
    move |request| {
        let (caller, handler) = handler.take().expect("`tonic::server::Grpc` calls its service once");
        handler(caller, request)
    }
}
