//! A handler expects the caller of another method.
use secure_runtime::Caller;
use secure_tests::services::kinds::v1::kinds_policy::rpc;
use secure_tests::services::other::v1::odd_server::Odd;
use secure_tests::services::other::v1::{Outer, outer::Inner};
use tonic::{Request, Response, Status};

struct Server;

impl Odd for Server {
    async fn r#move(
        &self,
        _caller: Caller<rpc::UnaryReader>,
        _request: Request<Inner>,
    ) -> Result<Response<Outer>, Status> {
        Ok(Response::new(Outer::default()))
    }
}

fn main() {}
