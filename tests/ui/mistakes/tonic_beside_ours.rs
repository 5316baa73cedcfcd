//! The output of protoc-gen-tonic stands in the same module.
mod shop {
    #[allow(unused_imports)]
    use secure_tests::services::shop::v1::*;

    include!("../../golden/shop.v1.secure.rs");
    include!("../../golden/tonic/shop.v1.rs");
}

fn main() {}
