//! A small shop, called in every way. It serves over TLS in this process, and calls every method with every kind of
//! token. It prints which calls were admitted. Exits with 0 only if every outcome is the one the `.proto` says.
//!
//! `quickstart serve` keeps serving instead, for clients of your own. `quickstart issue` writes what a server of your own needs.
//! `quickstart --help` has the arguments.

mod arguments;
mod shop;
mod stage;
mod table;

/// The code generated from `proto/shop/v1/shop.proto`.
#[allow(clippy::exhaustive_structs, unreachable_pub, reason = "prost writes messages so")]
mod pb {
    secure_runtime::include_proto!("shop.v1");
}

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use arguments::{Command, Tokens};
use stage::Stage;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    match Command::parse(lexopt::Parser::from_env()) {
        Ok(Command::Help) => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        Ok(Command::Issue { directory, tokens }) => issue(&directory, &tokens),
        Ok(Command::Serve { address, directory }) => serve(&address, Path::new(&directory)).await,
        Ok(Command::Show) => show().await,
        Err(error) => {
            eprintln!("quickstart: {error}\n\n{HELP}");
            Ok(ExitCode::FAILURE)
        }
    }
}

const HELP: &str = "\
quickstart                                 calls a small shop in every way, and prints who was let in
quickstart serve --addr HOST:PORT --out DIR    serves the shop until Ctrl-C, and writes tokens for it
quickstart issue --out DIR [ROLE...]           writes a CA, a certificate, a key set and one token for each role
                           (a `/` in a role is a `_` in the name of its file)
    --audience NAME        what the tokens are for; `orders` if left out
    --claim NAME=VALUE     a claim of every token, such as `tenant=acme`; may be repeated
    --scope SCOPE          a scope of every token, such as `orders:read`; may be repeated
";

async fn show() -> Result<ExitCode, Box<dyn Error>> {
    let stage = Stage::new()?;
    let (shop, _) = stage.open_shop("127.0.0.1:0").await?;
    println!("Every call below is made over TLS 1.3, and is as proto/shop/v1/shop.proto says:\n");
    let all_as_declared = table::print(&stage, shop).await?;
    Ok(if all_as_declared { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes a throw-away CA, certificate, key set and tokens, for a server of your own.
fn issue(directory: &str, tokens: &Tokens) -> Result<ExitCode, Box<dyn Error>> {
    Stage::new()?.write(Path::new(directory), tokens)?;
    let Tokens { audience, roles, .. } = tokens;
    println!("{directory} holds a CA, a certificate, a key set, and tokens for `{audience}` that last an hour:");
    println!("{}. A server that runs must be started again.", roles.join(", "));
    Ok(ExitCode::SUCCESS)
}

/// Serves the shop until SIGTERM or SIGINT, and says what to try. Calls in flight finish.
async fn serve(address: &str, directory: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let stage = Stage::new()?;
    let (shop, serving) = stage.open_shop(address).await?;
    stage.write(directory, &Tokens::default())?;
    print_commands(shop, directory);
    serving.await??;
    Ok(ExitCode::SUCCESS)
}

fn print_commands(shop: SocketAddr, directory: &Path) {
    let directory = directory.display();
    println!(
        "Serving on {shop}; Ctrl-C ends it. The CA and tokens for an hour are in {directory}. Try, from the root of \
         the repository:

  # anyone may
  grpcurl -cacert {directory}/ca.crt -import-path proto -import-path examples/quickstart/proto \\
    -proto shop/v1/shop.proto {shop} shop.v1.Orders/Ping

  # a clerk may; without the header it is Unauthenticated, as an auditor PermissionDenied
  grpcurl -cacert {directory}/ca.crt -import-path proto -import-path examples/quickstart/proto \\
    -proto shop/v1/shop.proto -H \"authorization: Bearer $(cat {directory}/clerk.token)\" \\
    -d '{{\"id\": 7}}' {shop} shop.v1.Orders/Get"
    );
}
