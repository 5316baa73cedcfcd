//! A request is given a connection that no server of ours accepted.
use secure_runtime::Connection;

fn main() {
    let mut request = http::Request::new(());
    request.extensions_mut().insert(Connection { addresses: unreachable!(), peer_certificates: None });
}
