//! A small shop, called in every way: serves over TLS in this process, calls every method with every kind of token, and
//! prints who was let in. Exits with 0 only if every outcome is the one the `.proto` says.
//!
//! `quickstart serve --addr 127.0.0.1:50051 --out DIR` keeps serving instead, for clients of your own.

mod shop;
mod stage;
mod table;

/// What was generated from `proto/shop/v1/shop.proto`.
#[allow(clippy::exhaustive_structs, unreachable_pub, reason = "prost writes messages so")]
mod pb {
    secure_runtime::include_proto!("shop.v1");
}

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use stage::Stage;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => show().await,
        ["serve", "--addr", address, "--out", directory] => serve(address, Path::new(directory)).await,
        _ => {
            eprintln!("usage: quickstart [serve --addr HOST:PORT --out DIRECTORY]");
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn show() -> Result<ExitCode, Box<dyn Error>> {
    let stage = Stage::open("127.0.0.1:0").await?;
    println!("Every call below is made over TLS 1.3, and is as proto/shop/v1/shop.proto says:\n");
    let all_as_declared = table::print(&stage).await?;
    Ok(if all_as_declared { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes what clients need to `directory`, says what to try, and serves until interrupted.
async fn serve(address: &str, directory: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let stage = Stage::open(address).await?;
    fs::create_dir_all(directory)?;
    fs::write(directory.join("ca.pem"), &stage.ca)?;
    for role in ["clerk", "admin", "auditor"] {
        fs::write(directory.join(role).with_extension("token"), stage.token(role))?;
    }
    print_commands(&stage, directory);
    tokio::signal::ctrl_c().await?;
    Ok(ExitCode::SUCCESS)
}

fn print_commands(stage: &Stage, directory: &Path) {
    let (address, directory) = (stage.address, directory.display());
    println!(
        "Serving on {address}; Ctrl-C ends it. Tokens for an hour and the CA are in {directory}. Try, from the root of \
         the repository:

  # anyone may
  grpcurl -cacert {directory}/ca.pem -import-path proto -import-path examples/quickstart/proto \\
    -proto shop/v1/shop.proto {address} shop.v1.Orders/Ping

  # a clerk may; without the header it is Unauthenticated, as an auditor PermissionDenied
  grpcurl -cacert {directory}/ca.pem -import-path proto -import-path examples/quickstart/proto \\
    -proto shop/v1/shop.proto -H \"authorization: Bearer $(cat {directory}/clerk.token)\" \\
    -d '{{\"id\": 7}}' {address} shop.v1.Orders/Get"
    );
}
