//! The caller of a method whose rule has request conditions is asked for without a request.
use secure_runtime::{Caller, Denial};
use secure_tests::services::bank::v1::bank_policy::rpc;

fn open(caller: &Caller<rpc::Ping>) -> Result<Caller<rpc::Open>, Denial> {
    caller.admit()
}

fn main() {
    _ = open;
}
