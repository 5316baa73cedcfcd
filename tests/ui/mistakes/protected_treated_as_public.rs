//! The handler of a protected method treats its caller as optional.
use secure_runtime::Caller;
use secure_tests::services::other::v1::odd_policy::rpc;
use secure_tests::services::other::v1::odd_server::Odd;
use secure_tests::services::other::v1::{Outer, outer::Inner};
use tonic::{Request, Response, Status};

struct Server;

impl Odd for Server {
    async fn r#move(
        &self,
        _caller: Option<Caller<rpc::Move>>,
        _request: Request<Inner>,
    ) -> Result<Response<Outer>, Status> {
        Ok(Response::new(Outer::default()))
    }
}

fn main() {}
