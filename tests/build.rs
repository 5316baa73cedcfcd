//! Generates the services under test.

fn main() -> Result<(), protoc_gen_secure::Error> {
    protoc_gen_secure::Config::new().include_file("services.rs").compile_protos(
        &[
            "../examples/quickstart/proto/shop/v1/shop.proto",
            "proto/bank/v1/bank.proto",
            "proto/bench/v1/echo.proto",
            "proto/kinds/v1/kinds.proto",
            "proto/lab/probe.proto",
            "proto/odd/type/v1/odd.proto",
            "proto/other/v1/other.proto",
            "proto/rootless.proto",
        ],
        &["../examples/quickstart/proto", "proto"],
    )
}
