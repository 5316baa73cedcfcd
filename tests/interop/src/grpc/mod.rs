//! gRPC's interop tests: `grpc.testing.TestService`, and a client of it.

pub mod client;
pub mod server;
