//! Nobody said whether clients present certificates.
use secure_runtime::{Server, ServerTls};

fn main() {
    let tls = ServerTls::from_pem_dir("/etc/tls").unwrap();
    Server::new(tls);
}
