//! A server or a client under test of the Connect conformance suite, which starts this program.

use secure_interop::Outcome;
use secure_interop::conformance::client;
use secure_interop::conformance::server::{self, Rules};

#[tokio::main]
async fn main() -> Outcome {
    match std::env::args().nth(1).as_deref() {
        Some("client") => client::run().await,
        Some("protected-server") => server::run(Rules::Protected).await,
        Some("public-server") => server::run(Rules::Public).await,
        _ => Err("usage: conformance client|protected-server|public-server".into()),
    }
}
