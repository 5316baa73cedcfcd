//! A path or a method is mistyped.
use secure_tests::services::kinds::v1::kinds_policy::{Method, path};

fn main() {
    let _path = path::UNARY_PUBLICK;
    let _method = Method::UnaryPublick;
}
