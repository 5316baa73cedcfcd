//! The handlers of `kinds.v1.Kinds`. Each answers with its caller, and counts its calls.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;

use secure_runtime::{Anonymous, Caller};
use tokio_stream::{Stream, StreamExt};
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};

use crate::services::kinds::v1::Message;
use crate::services::kinds::v1::kinds_policy::{Method, rpc};
use crate::services::kinds::v1::kinds_server::Kinds;

/// What a handler saw.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Seen {
    /// Which handler.
    pub method: Method,
    /// The caller, as `issuer#subject`.
    pub caller: Option<String>,
    /// The metadata.
    pub metadata: MetadataMap,
}

/// Remembers every call.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Vec<Seen>>>);

impl Recorder {
    /// What was seen since the last time.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.0.lock().expect("no handler panics"))
    }

    fn saw<T>(&self, method: Method, caller: &impl Identity, request: &Request<T>) -> Message {
        let caller = caller.identity();
        let metadata = request.metadata().clone();
        self.0.lock().expect("no handler panics").push(Seen { method, caller, metadata });
        Message { text: format!("{method:?}") }
    }
}

type Messages = Pin<Box<dyn Stream<Item = Result<Message, Status>> + Send>>;

async fn drain(mut messages: Streaming<Message>) -> Result<(), Status> {
    while let Some(message) = messages.next().await {
        message?;
    }
    Ok(())
}

fn twice(message: Message) -> Messages {
    Box::pin(tokio_stream::iter([Ok(message.clone()), Ok(message)]))
}

macro_rules! handlers {
    ($($kind:ident $name:ident $method:ident ($caller:ty) $(-> $stream:ident)?;)*) => {
        impl Kinds for Recorder {
            $($(type $stream = Messages;)?)*
            $(handlers!(@$kind $name $method ($caller) $($stream)?);)*
        }
    };
    (@unary $name:ident $method:ident ($caller:ty)) => {
        async fn $name(&self, caller: $caller, request: Request<Message>) -> Result<Response<Message>, Status> {
            Ok(Response::new(self.saw(Method::$method, &caller, &request)))
        }
    };
    (@server_stream $name:ident $method:ident ($caller:ty) $stream:ident) => {
        async fn $name(&self, caller: $caller, request: Request<Message>) -> Result<Response<Messages>, Status> {
            Ok(Response::new(twice(self.saw(Method::$method, &caller, &request))))
        }
    };
    (@client_stream $name:ident $method:ident ($caller:ty)) => {
        async fn $name(&self, caller: $caller, request: Request<Streaming<Message>>) -> Result<Response<Message>, Status> {
            let message = self.saw(Method::$method, &caller, &request);
            drain(request.into_inner()).await?;
            Ok(Response::new(message))
        }
    };
    (@bidi_stream $name:ident $method:ident ($caller:ty) $stream:ident) => {
        async fn $name(&self, caller: $caller, request: Request<Streaming<Message>>) -> Result<Response<Messages>, Status> {
            let message = self.saw(Method::$method, &caller, &request);
            drain(request.into_inner()).await?;
            Ok(Response::new(twice(message)))
        }
    };
}

handlers! {
    unary unary_public UnaryPublic (Option<Caller<rpc::UnaryPublic>>);
    unary unary_anonymous UnaryAnonymous (Anonymous);
    unary unary_authenticated UnaryAuthenticated (Caller<rpc::UnaryAuthenticated>);
    unary unary_reader UnaryReader (Caller<rpc::UnaryReader>);
    unary unary_any_of UnaryAnyOf (Caller<rpc::UnaryAnyOf>);
    unary unary_denied UnaryDenied (Caller<rpc::UnaryDenied>);
    server_stream server_stream_public ServerStreamPublic (Option<Caller<rpc::ServerStreamPublic>>) -> ServerStreamPublicStream;
    server_stream server_stream_anonymous ServerStreamAnonymous (Anonymous) -> ServerStreamAnonymousStream;
    server_stream server_stream_authenticated ServerStreamAuthenticated (Caller<rpc::ServerStreamAuthenticated>) -> ServerStreamAuthenticatedStream;
    server_stream server_stream_reader ServerStreamReader (Caller<rpc::ServerStreamReader>) -> ServerStreamReaderStream;
    server_stream server_stream_any_of ServerStreamAnyOf (Caller<rpc::ServerStreamAnyOf>) -> ServerStreamAnyOfStream;
    server_stream server_stream_denied ServerStreamDenied (Caller<rpc::ServerStreamDenied>) -> ServerStreamDeniedStream;
    client_stream client_stream_public ClientStreamPublic (Option<Caller<rpc::ClientStreamPublic>>);
    client_stream client_stream_anonymous ClientStreamAnonymous (Anonymous);
    client_stream client_stream_authenticated ClientStreamAuthenticated (Caller<rpc::ClientStreamAuthenticated>);
    client_stream client_stream_reader ClientStreamReader (Caller<rpc::ClientStreamReader>);
    client_stream client_stream_any_of ClientStreamAnyOf (Caller<rpc::ClientStreamAnyOf>);
    client_stream client_stream_denied ClientStreamDenied (Caller<rpc::ClientStreamDenied>);
    bidi_stream bidi_stream_public BidiStreamPublic (Option<Caller<rpc::BidiStreamPublic>>) -> BidiStreamPublicStream;
    bidi_stream bidi_stream_anonymous BidiStreamAnonymous (Anonymous) -> BidiStreamAnonymousStream;
    bidi_stream bidi_stream_authenticated BidiStreamAuthenticated (Caller<rpc::BidiStreamAuthenticated>) -> BidiStreamAuthenticatedStream;
    bidi_stream bidi_stream_reader BidiStreamReader (Caller<rpc::BidiStreamReader>) -> BidiStreamReaderStream;
    bidi_stream bidi_stream_any_of BidiStreamAnyOf (Caller<rpc::BidiStreamAnyOf>) -> BidiStreamAnyOfStream;
    bidi_stream bidi_stream_denied BidiStreamDenied (Caller<rpc::BidiStreamDenied>) -> BidiStreamDeniedStream;
}

/// A handler's caller, whatever its rule.
trait Identity {
    fn identity(&self) -> Option<String>;
}

impl<R> Identity for Caller<R> {
    fn identity(&self) -> Option<String> {
        Some(self.id().to_string())
    }
}

impl<R> Identity for Option<Caller<R>> {
    fn identity(&self) -> Option<String> {
        self.as_ref().and_then(Caller::identity)
    }
}

impl Identity for Anonymous {
    fn identity(&self) -> Option<String> {
        None
    }
}
