//! The Connect conformance suite.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::program::{installed, run};

#[tokio::test]
async fn server_of_protected_methods_conforms() {
    conforms("server", "protected-server").await;
}

#[tokio::test]
async fn server_of_public_methods_conforms() {
    conforms("server", "public-server").await;
}

#[tokio::test]
async fn client_conforms() {
    conforms("client", "client").await;
}

/// Every case passes but those that are known to fail, and those fail.
async fn conforms(mode: &str, program: &str) {
    let Some(suite) = installed("bin/connectconformance") else { return };
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    let mut command = Command::new(suite);
    command.args(["--mode", mode, "--conf"]).arg(settings.join(mode).with_extension("yaml"));
    command.arg(format!("--known-failing=@{}", settings.join(format!("{mode}-known-failing.txt")).display()));
    command.args(["--", env!("CARGO_BIN_EXE_conformance"), program]);
    let ended = run(command, Duration::from_secs(300)).await;
    println!("{}", ended.output);
    assert!(ended.success, "the suite fails");
}
