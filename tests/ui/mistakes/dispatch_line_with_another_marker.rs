//! A dispatch line hands the caller of one method to the handler of another.
use std::sync::Arc;

use secure_runtime::codegen::{HandlerFuture, Call};
use secure_tests::services::kinds::v1::kinds_policy::{Method, rpc};
use secure_tests::services::kinds::v1::kinds_server::Kinds;

fn dispatch<T: Kinds>(service: Arc<T>, call: Call<Method>) -> HandlerFuture {
    call.to::<rpc::UnaryAuthenticated>().unary(service, T::unary_reader)
}

fn main() {}
