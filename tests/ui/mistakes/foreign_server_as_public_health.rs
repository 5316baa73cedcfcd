//! Something else than health is declared public without a reason.
use secure_runtime::Public;
use secure_tests::kinds_service::Recorder;

fn main() {
    Public::health(Recorder::default());
}
