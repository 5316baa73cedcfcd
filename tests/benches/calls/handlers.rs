//! The same handlers behind both stubs.

use secure_runtime::Caller;
use tokio_stream::Iter;
use tonic::{Request, Response, Status};

/// Our stub, and the messages.
#[allow(missing_docs, reason = "the messages of a benchmark need no docs")]
pub(crate) mod gated {
    include!(concat!(env!("OUT_DIR"), "/load/load.v1.rs"));
}

/// tonic's own stub.
#[allow(clippy::all, missing_docs, unused_qualifications, reason = "tonic writes it so")]
pub(crate) mod ungated {
    use super::gated::Text;
    include!("../../golden/tonic/load.v1.rs");
}

use gated::Text;
use gated::load_policy::rpc;

/// How often `Repeat` answers.
pub(crate) const REPETITIONS: usize = 64;

pub(crate) struct Handler;

type Texts = Iter<std::vec::IntoIter<Result<Text, Status>>>;

impl gated::load_server::Load for Handler {
    type RepeatStream = Texts;

    async fn say(&self, _: Caller<rpc::Say>, request: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(Response::new(request.into_inner()))
    }

    async fn repeat(&self, _: Caller<rpc::Repeat>, request: Request<Text>) -> Result<Response<Texts>, Status> {
        Ok(repeated(request))
    }
}

#[tonic::async_trait]
impl ungated::load_server::Load for Handler {
    type RepeatStream = Texts;

    async fn say(&self, request: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(Response::new(request.into_inner()))
    }

    async fn repeat(&self, request: Request<Text>) -> Result<Response<Texts>, Status> {
        Ok(repeated(request))
    }
}

fn repeated(request: Request<Text>) -> Response<Texts> {
    Response::new(tokio_stream::iter(vec![Ok(request.into_inner()); REPETITIONS]))
}
