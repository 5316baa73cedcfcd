//! Items for generated code only. Not covered by semantic versioning.

mod macros;

pub use std::future::Future;
pub use std::marker::{Send, Sync};
pub use std::result::Result;
pub use std::sync::Arc;

pub use tokio_stream::Stream;
pub use tonic::{IntoRequest, IntoStreamingRequest, Request, Response, Status, Streaming};

pub use self::macros::{dispatch, methods};
pub use crate::authz::request_condition::{Field, RequestCondition, field};
pub use crate::authz::{Credential, Rule};
pub use crate::caller::{Anonymous, Caller};
pub use crate::client::{Client, Credentials, SecureChannel};
pub use crate::gate::{Call, Dispatch, HandlerFuture, SecuredServer, ServiceTable};
pub use crate::method::{Entry, FromDecision, Implies, Method, Role, Rpc, WithoutRequestConditions, entry};

/// What a handler returns, and what a call yields.
pub type Reply<T> = Result<Response<T>, Status>;

/// The form of generated code that this runtime runs.
const GENERATION: u32 = 4;

/// Asserts, at compile time, that generator and runtime fit.
pub const fn generated_by(generation: u32) {
    assert!(
        generation <= GENERATION,
        "this file was generated for a newer secure-runtime: update `secure-runtime` to the version of protoc-gen-secure"
    );
    assert!(
        generation >= GENERATION,
        "this file was generated for an older secure-runtime: generate it again with a protoc-gen-secure of this version"
    );
}
