//! Calls of a service's handlers are dispatched by hand.
use std::sync::Arc;

use secure_runtime::codegen::{HandlerFuture, Call, Dispatch};
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::services::kinds::v1::kinds_server::Kinds;

impl<T: Kinds> Dispatch<T> for Method {
    fn dispatch(self, _: Arc<T>, _: Call<Self>) -> HandlerFuture {
        Box::pin(async { Default::default() })
    }
}

fn main() {}
