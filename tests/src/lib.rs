//! Shared by the tests: services under test, servers, and callers.
#![deny(warnings)] // what is generated must compile without one

pub mod bank_service;
pub mod callers;
pub mod cost;
pub mod http2;
pub mod kinds_service;
pub mod log;
pub mod mount;
pub mod pki;
pub mod probe;
pub mod proofs_service;
pub mod provider;
pub mod ratios;
pub mod raw;
pub mod schemas;
pub mod secured;
pub mod server;
pub mod tls;
pub mod tokens;

/// The generated code.
#[allow(missing_docs, reason = "the messages of a test need no docs")]
#[allow(clippy::exhaustive_enums, clippy::exhaustive_structs, reason = "messages and methods are what they are")]
pub mod services {
    include!(concat!(env!("OUT_DIR"), "/services.rs"));
}
