//! A marker claims the caller of another method.
use secure_runtime::Caller;
use secure_runtime::codegen::Rpc;
use secure_tests::services::kinds::v1::Message;
use secure_tests::services::kinds::v1::kinds_policy::{Method, rpc};

enum Mine {}

impl Rpc for Mine {
    type Method = Method;
    type Caller = Caller<rpc::UnaryReader>;
    type Request = Message;
    type Response = Message;
    const METHOD: Method = Method::UnaryPublic;
}

fn main() {}
