//! A call of one service yields the caller of another.
use std::sync::Arc;

use secure_runtime::codegen::{HandlerFuture, Call};
use secure_tests::services::kinds::v1::kinds_policy::rpc;
use secure_tests::services::rootless_policy::Method;
use tonic::Response;

fn dispatch(call: Call<Method>) -> HandlerFuture {
    call.to::<rpc::UnaryReader>().unary(Arc::new(()), |_: &(), _, _| async { Ok(Response::new(Default::default())) })
}

fn main() {}
