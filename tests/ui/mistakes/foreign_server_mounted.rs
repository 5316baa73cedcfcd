//! A server that tonic generated is mounted without a gate.
use secure_runtime::{Server, danger};

fn main() {
    let (_, health) = tonic_health::server::health_reporter();
    Server::new(danger::serve_plaintext("a test")).add(health);
}
