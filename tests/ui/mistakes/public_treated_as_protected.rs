//! The handler of a public method relies on a caller.
use secure_runtime::Caller;
use secure_tests::services::rootless_policy::rpc;
use secure_tests::services::rootless_server::Rootless;
use secure_tests::services::RootlessPing;
use tonic::{Request, Response, Status};

struct Server;

impl Rootless for Server {
    async fn ping(
        &self,
        _caller: Caller<rpc::Ping>,
        request: Request<RootlessPing>,
    ) -> Result<Response<RootlessPing>, Status> {
        Ok(Response::new(request.into_inner()))
    }
}

fn main() {}
