//! Generates the services under test.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use protoc_gen_secure::Config;

#[allow(dead_code, reason = "tests know more of it")]
#[path = "src/schemas.rs"]
mod schemas;

fn main() -> Result<(), Box<dyn Error>> {
    let manifest = PathBuf::from(env::var("OUT_DIR")?).join("policy.json");
    let services = config().manifest_path(manifest).include_file("services.rs").descriptor_set("services.bin");
    services.compile_protos(
        &[
            "../examples/quickstart/proto/shop/v1/shop.proto",
            "proto/bank/v1/bank.proto",
            "proto/bench/v1/echo.proto",
            "proto/kinds/v1/kinds.proto",
            "proto/lab/probe.proto",
            "proto/odd/type/v1/odd.proto",
            "proto/other/v1/other.proto",
            "proto/proofs/v1/proofs.proto",
            "proto/rootless.proto",
        ],
        &["../examples/quickstart/proto", "proto"],
    )?;
    across_crates()?;
    let handled = directory("handled")?;
    config().out_dir(handled).compile_protos(&["proto/handled/v1/handled.proto"], &["proto"])?;
    let load = directory("load")?;
    config().without_client().out_dir(load).compile_protos(&["proto/load/v1/load.proto"], &["proto"])?;
    println!("cargo:rerun-if-changed=src/schemas.rs");
    let every = schemas::HIERARCHIES.map(|(name, includes)| (format!("{name}.proto"), schemas::every(name, includes)));
    of_texts("every", config().without_client().without_server(), &every)?;
    let many =
        schemas::MANY.map(|(name, roles, services)| (format!("{name}.proto"), schemas::many(name, roles, services)));
    let busy = ("busy.proto".to_owned(), schemas::busy());
    of_texts("many", config(), &many.into_iter().chain([busy]).collect::<Vec<_>>())
}

/// A bank whose staff is a matter of another crate.
fn across_crates() -> Result<(), Box<dyn Error>> {
    Ok(config()
        .out_dir(directory("across")?)
        .extern_path(".staff.v1", "::secure_tests::services::staff::v1")
        .compile_protos(&["proto/bank/v1/bank.proto"], &["proto"])?)
}

/// Services of texts, and a file that includes them all.
fn of_texts(name: &str, config: Config, files: &[(String, String)]) -> Result<(), Box<dyn Error>> {
    let directory = directory(name)?;
    let write = |(name, text): &(String, String)| {
        let path = directory.join(name);
        fs::write(&path, text).map(|()| path)
    };
    let paths = files.iter().map(write).collect::<Result<Vec<_>, _>>()?;
    let config =
        config.manifest_path(directory.join("policy.json")).include_file(format!("{name}.rs")).out_dir(&directory);
    Ok(config.compile_protos(&paths, &[directory.as_path(), Path::new("proto")])?)
}

fn directory(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let directory = PathBuf::from(env::var("OUT_DIR")?).join(name);
    fs::create_dir_all(&directory)?;
    Ok(directory)
}

/// The schemas of tests have public methods for no reason.
fn config() -> Config {
    Config::new().allow("missing-public-reason")
}
