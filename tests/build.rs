//! Generates the services under test.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use protoc_gen_secure::Config;

#[allow(dead_code, reason = "tests know more of it")]
#[path = "src/schemas.rs"]
mod schemas;

fn main() -> Result<(), Box<dyn Error>> {
    Config::new().manifest().include_file("services.rs").compile_protos(
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
    println!("cargo:rerun-if-changed=src/schemas.rs");
    let every = schemas::HIERARCHIES.map(|(name, includes)| (format!("{name}.proto"), schemas::every(name, includes)));
    compile("every", Config::new().without_client().without_server(), &every)?;
    let many =
        schemas::MANY.map(|(name, roles, services)| (format!("{name}.proto"), schemas::many(name, roles, services)));
    let busy = ("busy.proto".to_owned(), schemas::busy());
    compile("many", Config::new(), &many.into_iter().chain([busy]).collect::<Vec<_>>())
}

/// Generates of texts, into a directory of their own.
fn compile(name: &str, config: Config, files: &[(String, String)]) -> Result<(), Box<dyn Error>> {
    let directory = Path::new(&env::var("OUT_DIR")?).join(name);
    fs::create_dir_all(&directory)?;
    let write = |(name, text): &(String, String)| {
        let path = directory.join(name);
        fs::write(&path, text).map(|()| path)
    };
    let paths = files.iter().map(write).collect::<Result<Vec<PathBuf>, _>>()?;
    let config = config.manifest().include_file(format!("{name}.rs")).out_dir(&directory);
    Ok(config.compile_protos(&paths, &[directory.as_path(), Path::new("proto")])?)
}
