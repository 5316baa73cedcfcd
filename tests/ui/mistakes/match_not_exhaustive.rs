//! A match over the methods forgets one.
use secure_tests::services::shop::v1::orders_policy::Method;

fn costs(method: Method) -> u32 {
    match method {
        Method::Ping | Method::WhoAmI => 0,
        Method::Get | Method::Watch | Method::Import => 1,
    }
}

fn main() {}
