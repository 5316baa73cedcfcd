//! A caller is made by hand.
use secure_runtime::{Caller, Principal};
use secure_tests::services::kinds::v1::kinds_policy::rpc;

fn main() {
    let principal = Principal::new("https://id.example.com", "somebody");
    let _caller: Caller<rpc::UnaryReader> = Caller { principal, rpc: std::marker::PhantomData };
}
