//! A proof is copied.
use secure_runtime::Caller;
use secure_tests::services::kinds::v1::kinds_policy::rpc;

fn keep(caller: &Caller<rpc::UnaryReader>) -> Caller<rpc::UnaryReader> {
    caller.clone()
}

fn main() {}
