//! Generates the services under test.

use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
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
    )?;
    across_crates()
}

/// A bank whose staff is a matter of another crate.
fn across_crates() -> Result<(), Box<dyn std::error::Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?).join("across");
    fs::create_dir_all(&out)?;
    Ok(protoc_gen_secure::Config::new()
        .out_dir(out)
        .extern_path(".staff.v1", "::secure_tests::services::staff::v1")
        .compile_protos(&["proto/bank/v1/bank.proto"], &["proto"])?)
}
