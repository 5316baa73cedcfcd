//! A dispatch line hands the caller of one method to the handler of another.
use secure_runtime::codegen::{Answering, Call};
use secure_tests::services::kinds::v1::kinds_policy::{Method, rpc};
use secure_tests::services::kinds::v1::kinds_server::Kinds;

fn dispatch(service: &'static impl Kinds, call: Call<Method>) -> Answering {
    call.to::<rpc::UnaryAuthenticated>().unary(|caller, request| service.unary_reader(caller, request))
}

fn main() {}
