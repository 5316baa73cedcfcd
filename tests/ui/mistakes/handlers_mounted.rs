//! Handlers are mounted without their server.
use secure_runtime::{Server, danger};
use secure_tests::kinds_service::Recorder;

fn main() {
    Server::new(danger::serve_plaintext("a test")).add(Recorder::default());
}
