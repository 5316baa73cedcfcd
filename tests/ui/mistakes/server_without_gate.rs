//! The generated server is made without a gate.
use secure_tests::kinds_service::Recorder;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;

fn main() {
    KindsServer::new(Recorder::default());
}
