//! Suites that others wrote, against our servers and clients. `tests/interop/install` installs them.

mod conformance;
mod grpc_go;
mod grpc_java;
mod h2spec;
mod program;
mod served;
