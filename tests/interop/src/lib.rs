//! Servers and clients of ours for the test suites that others wrote.
//!
//! `grpc` is the service and the client of gRPC's interop tests, `conformance` those of the Connect conformance suite.

pub mod conformance;
pub mod grpc;
pub mod trailers;

/// The messages of both suites.
#[allow(missing_docs, reason = "the messages of a test need no docs")]
pub mod messages {
    include!(concat!(env!("OUT_DIR"), "/messages/all.rs"));
}

/// The services, for authenticated callers.
#[allow(missing_docs, reason = "the methods of a test need no docs")]
pub mod protected {
    include!(concat!(env!("OUT_DIR"), "/protected/all.rs"));
}

/// The same services, for anyone.
#[allow(missing_docs, reason = "the methods of a test need no docs")]
pub mod public {
    include!(concat!(env!("OUT_DIR"), "/public/all.rs"));
}

/// Why a program ended.
pub type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;
