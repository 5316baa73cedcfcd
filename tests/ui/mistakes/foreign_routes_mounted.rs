//! Routes that no gate stands in front of are mounted without a reason.
use secure_runtime::{Server, danger};

fn main() {
    Server::new(danger::serve_plaintext("a test")).fallback(axum::Router::new());
}
