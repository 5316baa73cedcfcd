//! A server is made without TLS, and without saying so.
use secure_runtime::Server;

fn main() {
    Server::new(());
}
