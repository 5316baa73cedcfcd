//! A call that no gate let through.
use secure_runtime::codegen::Call;
use secure_tests::services::kinds::v1::kinds_policy::Method;

fn call() -> Call<Method> {
    Call::new(Method::UnaryReader)
}

fn main() {}
