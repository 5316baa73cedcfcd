//! A caller is asked for with a principal of one's own.
use secure_runtime::codegen::FromDecision;
use secure_runtime::{Caller, Principal};
use secure_tests::services::kinds::v1::kinds_policy::rpc;

fn main() {
    let principal = Principal::new("https://id.example.com", "somebody").roles(["reader"]);
    let _caller = <Caller<rpc::UnaryReader>>::decided(Some(principal));
}
