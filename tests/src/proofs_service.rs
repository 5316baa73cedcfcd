//! The handlers of `proofs.v1.Proofs`: each answers with who called.

use std::pin::Pin;

use secure_runtime::Caller;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

use crate::services::proofs::v1::Message;
use crate::services::proofs::v1::proofs_policy::rpc;
use crate::services::proofs::v1::proofs_server::Proofs;

/// Says who called.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Mirror;

type Messages = Pin<Box<dyn Stream<Item = Result<Message, Status>> + Send>>;

fn name<R>(caller: &Caller<R>) -> Message {
    let actors = caller.actor().into_iter().chain(caller.prior_actors()).map(ToString::to_string).collect();
    Message { caller: caller.id().to_string(), actors }
}

fn once<R>(caller: &Caller<R>) -> Messages {
    Box::pin(tokio_stream::once(Ok(name(caller))))
}

macro_rules! handlers {
    ($($streams:ident $unary:ident $server:ident $client:ident $bidi:ident;)*) => {
        impl Proofs for Mirror {
            $(handlers!(@ $streams $unary $server $client $bidi);)*

            async fn unary_delegated_by_anyone(
                &self,
                caller: Caller<rpc::UnaryDelegatedByAnyone>,
                _: Request<Message>,
            ) -> Result<Response<Message>, Status> {
                Ok(Response::new(name(&caller)))
            }

            async fn ping(
                &self,
                caller: Option<Caller<rpc::Ping>>,
                _: Request<Message>,
            ) -> Result<Response<Message>, Status> {
                Ok(Response::new(caller.map(|caller| name(&caller)).unwrap_or_default()))
            }
        }
    };
    (@ Bound $unary:ident $server:ident $client:ident $bidi:ident) => {
        type ServerStreamBoundStream = Messages;
        type BidiStreamBoundStream = Messages;
        handlers! { @ UnaryBound $unary ServerStreamBound $server ClientStreamBound $client BidiStreamBound $bidi }
    };
    (@ Delegated $unary:ident $server:ident $client:ident $bidi:ident) => {
        type ServerStreamDelegatedStream = Messages;
        type BidiStreamDelegatedStream = Messages;
        handlers! {
            @ UnaryDelegated $unary ServerStreamDelegated $server ClientStreamDelegated $client BidiStreamDelegated $bidi
        }
    };
    (@ $U:ident $unary:ident $S:ident $server:ident $C:ident $client:ident $B:ident $bidi:ident) => {
        async fn $unary(&self, caller: Caller<rpc::$U>, _: Request<Message>) -> Result<Response<Message>, Status> {
            Ok(Response::new(name(&caller)))
        }

        async fn $server(&self, caller: Caller<rpc::$S>, _: Request<Message>) -> Result<Response<Messages>, Status> {
            Ok(Response::new(once(&caller)))
        }

        async fn $client(
            &self,
            caller: Caller<rpc::$C>,
            request: Request<Streaming<Message>>,
        ) -> Result<Response<Message>, Status> {
            let mut requests = request.into_inner();
            while requests.message().await?.is_some() {}
            Ok(Response::new(name(&caller)))
        }

        async fn $bidi(
            &self,
            caller: Caller<rpc::$B>,
            request: Request<Streaming<Message>>,
        ) -> Result<Response<Messages>, Status> {
            let mut requests = request.into_inner();
            while requests.message().await?.is_some() {}
            Ok(Response::new(once(&caller)))
        }
    };
}

handlers! {
    Bound unary_bound server_stream_bound client_stream_bound bidi_stream_bound;
    Delegated unary_delegated server_stream_delegated client_stream_delegated bidi_stream_delegated;
}
