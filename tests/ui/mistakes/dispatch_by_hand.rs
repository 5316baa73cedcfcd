//! Calls of a service's handlers are dispatched by hand.
use std::sync::Arc;

use secure_runtime::codegen::{Answer, Call, Dispatch};
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::services::kinds::v1::kinds_server::Kinds;

impl<T: Kinds> Dispatch<T> for Method {
    async fn dispatch(self, _: Arc<T>, _: Call<Self>) -> Answer {
        Answer::default()
    }
}

fn main() {}
