//! Workloads that call each other with certificates (SPIFFE IDs), and no tokens.
//!
//! Without arguments, it serves over mutual TLS in this process, calls every method with every kind of certificate, and prints
//! who was let in. It exits with 0 only if every outcome is the expected one. `mtls serve` serves with certificates of yours.

mod calls;
mod pki;
mod stock;

/// The code generated from `proto/stock/v1/stock.proto`.
#[allow(clippy::exhaustive_structs, unreachable_pub, reason = "prost writes messages so")]
mod pb {
    secure_runtime::include_proto!("stock.v1");
}

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use secure_runtime::audit::JsonLines;
use secure_runtime::authn::{Mtls, MtlsError};
use secure_runtime::server::shutdown_signal;
use secure_runtime::tls::ClientRoots;
use secure_runtime::{Gate, Server, ServerTls};
use tokio::net::TcpListener;

use crate::pb::stock_server::StockServer;
use crate::stock::Shelves;

const USAGE: &str = "\
mtls                                        shows who may call what
mtls serve --tls DIRECTORY --addr HOST:PORT     serves with tls.crt, tls.key and ca.crt until SIGTERM or SIGINT";

/// The trust domain of the workloads.
const TRUST_DOMAIN: &str = "example.org";

/// The workload that may change the stock.
const WAREHOUSE: &str = "spiffe://example.org/ns/shop/sa/warehouse";

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => calls::show().await,
        ["--help" | "-h"] => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        ["serve", "--tls", directory, "--addr", address] => serve(Path::new(directory), address).await,
        _ => {
            eprintln!("{USAGE}");
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn serve(directory: &Path, address: &str) -> Result<ExitCode, Box<dyn Error>> {
    let roots = ClientRoots::from_pem_file(directory.join("ca.crt"))?.for_trust_domain(TRUST_DOMAIN)?;
    let tls = ServerTls::from_pem_dir(directory)?.require_client_certificates(roots);
    let listener = TcpListener::bind(address).await?;
    println!("Serving on https://localhost:{}", listener.local_addr()?.port());
    server(tls)?.serve_with_shutdown(listener, shutdown_signal()).await?;
    Ok(ExitCode::SUCCESS)
}

/// The service behind its gate: a certificate is the caller, and one workload has a role.
fn server(tls: ServerTls) -> Result<Server, MtlsError> {
    let certificates =
        Mtls::new("https://ca.example.com").trust_domains([TRUST_DOMAIN])?.roles(WAREHOUSE, ["stock-keeper"])?;
    let gate = Gate::new(certificates).audit(JsonLines::new(std::io::stderr()));
    Ok(Server::new(tls).add(StockServer::new(Shelves::default(), gate)))
}
