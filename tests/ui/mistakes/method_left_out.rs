//! A method of the service has no handler.
use secure_tests::services::kinds::v1::kinds_server::Kinds;

struct Nothing;

impl Kinds for Nothing {}

fn main() {}
