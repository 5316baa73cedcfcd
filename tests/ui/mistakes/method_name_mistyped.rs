//! A handler has a name that no method has.
use secure_runtime::Caller;
use secure_tests::services::rootless_policy::rpc;
use secure_tests::services::rootless_server::Rootless;
use secure_tests::services::RootlessPing;
use tonic::{Request, Response, Status};

struct Server;

impl Rootless for Server {
    async fn pings(
        &self,
        _caller: Option<Caller<rpc::Ping>>,
        request: Request<RootlessPing>,
    ) -> Result<Response<RootlessPing>, Status> {
        Ok(Response::new(request.into_inner()))
    }
}

fn main() {}
