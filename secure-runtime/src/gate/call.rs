//! A call that passed the gate, on its way to its handler.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tokio_stream::Stream;
use tonic::body::Body;
use tonic::codec::{Codec, EnabledCompressionEncodings};
use tonic::server::Grpc;
use tonic::{Request, Response, Status, Streaming};
use tower::service_fn;

use super::admitted::Admitted;
use super::answer::{Answer, HandlerFuture};
use super::body::ResponseBody;
use super::end::CallEnd;
use super::messages::Messages;
use super::request_check::{CheckedCodec, Count, RequestCheck};
use crate::authz::Denial;
use crate::framing::DEFAULT_MESSAGE_LIMIT;
use crate::method::{Candidate, FromDecision, Method, Rpc};
use crate::status;

/// A call that the gate admitted, before its handler runs. Only the gate creates one. It yields the caller of the
/// admitted method, and of no other method.
#[derive(Debug)]
pub struct Call<M> {
    method: M,
    request: http::Request<Body>,
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

impl CodecOptions {
    /// Limits the memory that an anonymous caller can use.
    fn for_anonymous(self) -> Self {
        let limit = self.max_decoding_message_size.unwrap_or(ANONYMOUS_MESSAGE_LIMIT);
        Self { max_decoding_message_size: Some(limit), ..self }
    }

    fn message_limit(self) -> usize {
        self.max_decoding_message_size.unwrap_or(DEFAULT_MESSAGE_LIMIT)
    }

    fn apply<C: Codec>(self, grpc: Grpc<C>) -> Grpc<C> {
        grpc.apply_compression_config(self.accept_compression, self.send_compression)
            .apply_max_message_size_config(self.max_decoding_message_size, self.max_encoding_message_size)
    }
}

impl<M: Method> Call<M> {
    pub(super) fn new(method: M, request: http::Request<Body>, admitted: Admitted, options: CodecOptions) -> Self {
        Self { method, request, admitted, options }
    }

    /// Converts the call into a call of `R`, for the handler of `R`. Generated dispatch code calls it.
    ///
    /// The rule of `R` is evaluated again. If it does not admit the caller, the handler does not run, and the call gets
    /// the status of the denial. If `R` is not the admitted method, the handler does not run, and the call is
    /// UNIMPLEMENTED. So a wrong dispatch cannot obtain the caller of another method.
    pub fn to<R: Rpc<Method = M>>(self) -> CallOf<R> {
        let Admitted { principal, peer, request_id, check, end, passes } = self.admitted;
        let options = if principal.is_some() { self.options } else { self.options.for_anonymous() };
        let is_same = self.method == R::METHOD && check.is_some() != R::REQUEST_CONDITIONS.is_empty();
        let candidate = Candidate { principal, peer, request_id, passes };
        let decided = if is_same { R::Caller::decided(candidate) } else { Err(Denial::UnknownMethod) };
        CallOf { caller: decided, request: self.request, check, end, options }
    }
}

/// Passes an admitted call to the handler of its method. The generator implements it for every implementor of the
/// service.
pub trait Dispatch<T>: Method {
    /// Runs the handler.
    fn dispatch(self, service: Arc<T>, call: Call<Self>) -> HandlerFuture;
}

/// A function of a service's trait. It borrows the service, takes a caller and a request, and responds with `P`.
///
/// rustc needs less time for one trait with one `async` block here than for an `async` block in each generated method.
#[expect(unnameable_types, reason = "only functions implement it")]
pub trait Handler<'a, T: 'a, C, Q, P>: Send + 'static {
    /// What it runs.
    type Future: Future<Output = Result<Response<P>, Status>> + Send + 'a;

    /// Runs it.
    fn handle(self, service: &'a T, caller: C, request: Q) -> Self::Future;
}

impl<'a, T: 'a, C, Q, P, F, Fut> Handler<'a, T, C, Q, P> for F
where
    F: FnOnce(&'a T, C, Q) -> Fut + Send + 'static,
    Fut: Future<Output = Result<Response<P>, Status>> + Send + 'a,
{
    type Future = Fut;

    fn handle(self, service: &'a T, caller: C, request: Q) -> Fut {
        self(service, caller, request)
    }
}

/// A call of `R`, with its caller.
#[expect(missing_debug_implementations, reason = "it lives for one line of generated code")]
pub struct CallOf<R: Rpc> {
    caller: Result<R::Caller, Denial>,
    request: http::Request<Body>,
    check: Option<RequestCheck>,
    end: CallEnd,
    options: CodecOptions,
}

impl<R: Rpc> CallOf<R> {
    /// Runs the handler of a unary method.
    pub fn unary<T, H>(self, service: Arc<T>, handler: H) -> HandlerFuture
    where
        T: Send + Sync + 'static,
        H: for<'a> Handler<'a, T, R::Caller, Request<R::Request>, R::Response>,
    {
        let handler = async move |caller, request| handler.handle(&service, caller, request).await;
        let serve = async move |Open { caller, mut grpc, request }| {
            grpc.unary(service_fn(once(caller, handler)), request).await
        };
        self.run(Count::One, Count::One, serve)
    }

    /// Runs the handler of a server-streaming method.
    pub fn server_streaming<T, H, S>(self, service: Arc<T>, handler: H) -> HandlerFuture
    where
        T: Send + Sync + 'static,
        H: for<'a> Handler<'a, T, R::Caller, Request<R::Request>, S>,
        S: Stream<Item = Result<R::Response, Status>> + Send + 'static,
    {
        let handler = async move |caller, request| handler.handle(&service, caller, request).await;
        let serve = async move |Open { caller, mut grpc, request }| {
            grpc.server_streaming(service_fn(once(caller, handler)), request).await
        };
        self.run(Count::One, Count::Any, serve)
    }

    /// Runs the handler of a client-streaming method.
    pub fn client_streaming<T, H>(self, service: Arc<T>, handler: H) -> HandlerFuture
    where
        T: Send + Sync + 'static,
        H: for<'a> Handler<'a, T, R::Caller, Request<Streaming<R::Request>>, R::Response>,
    {
        let handler = async move |caller, request| handler.handle(&service, caller, request).await;
        let this = self.admit_stream();
        let serve = async move |Open { caller, mut grpc, request }| {
            grpc.client_streaming(service_fn(once(caller, handler)), request).await
        };
        this.run(Count::Any, Count::One, serve)
    }

    /// Runs the handler of a bidirectional-streaming method.
    pub fn bidi_streaming<T, H, S>(self, service: Arc<T>, handler: H) -> HandlerFuture
    where
        T: Send + Sync + 'static,
        H: for<'a> Handler<'a, T, R::Caller, Request<Streaming<R::Request>>, S>,
        S: Stream<Item = Result<R::Response, Status>> + Send + 'static,
    {
        let handler = async move |caller, request| handler.handle(&service, caller, request).await;
        let this = self.admit_stream();
        let serve = async move |Open { caller, mut grpc, request }| {
            grpc.streaming(service_fn(once(caller, handler)), request).await
        };
        this.run(Count::Any, Count::Any, serve)
    }

    /// A handler of a stream starts before the first request is there to decide about.
    fn admit_stream(self) -> Self {
        let Self { caller, check, .. } = self;
        let caller = match &check {
            Some(check) => caller.and_then(|caller| check.admit_stream().map(|()| caller)),
            None => caller,
        };
        Self { caller, check, ..self }
    }

    /// Refuses the call, or serves it until its handler answers or it has to end. A response that is a stream may have to end
    /// early, too.
    ///
    /// An `async fn` would keep a second copy of the call.
    fn run<Fut>(self, requests: Count, responses: Count, serve: impl FnOnce(Open<R>) -> Fut) -> HandlerFuture
    where
        Fut: Future<Output = Answer> + Send + 'static,
    {
        let Self { caller, request, check, end, options } = self;
        let caller = match caller {
            Ok(caller) => caller,
            Err(denial) => return Box::pin(std::future::ready(status::refusal(denial))),
        };
        let grpc = options.apply(Grpc::new(CheckedCodec::new(requests, responses, check)));
        let request = request.map(|body| Messages::new(requests, body, &end, options.message_limit()));
        Box::pin(Handling { handler: serve(Open { caller, grpc, request }), end, responses })
    }
}

pin_project! {
    /// A handler that runs until it answers or its call has to end.
    struct Handling<F> {
        #[pin]
        handler: F,
        end: CallEnd,
        responses: Count,
    }
}

impl<F: Future<Output = Answer>> Future for Handling<F> {
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        let this = self.project();
        match ready!(this.end.poll_limited(this.handler, context)) {
            Ok(answer) => Poll::Ready(status::of_handler(answer).map(|body| match this.responses {
                Count::Any => ResponseBody::until(body, this.end.clone()),
                Count::One => body,
            })),
            Err(reason) => {
                this.end.record(reason);
                Poll::Ready(reason.answer())
            }
        }
    }
}

/// A call of `R` that is ready for tonic.
struct Open<R: Rpc> {
    caller: R::Caller,
    grpc: Grpc<CheckedCodec<R>>,
    request: http::Request<Messages>,
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

/// The longest message of an unauthenticated caller, in bytes, unless the service sets a limit.
const ANONYMOUS_MESSAGE_LIMIT: usize = 64 * 1024;
