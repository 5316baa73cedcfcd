//! What generated code names, and nothing else does. Not covered by semantic versioning.

use std::borrow::Cow;
use std::fmt::Debug;
use std::hash::Hash;

pub use crate::authz::bound::{Bound, Field};
pub use crate::authz::{Credential, Rule};
pub use crate::caller::{Caller, FromDecision};
pub use crate::client::{Client, Credentials, SecureChannel};
pub use crate::gate::{Answer, Call, SecuredServer};
pub use std::future::Future;
pub use std::marker::{Send, Sync};
pub use std::result::Result;
pub use std::sync::Arc;
pub use tokio_stream::Stream;
pub use tonic::{IntoRequest, IntoStreamingRequest, Request, Response, Status, Streaming};

/// The form of generated code that this runtime runs.
const GENERATION: u32 = 2;

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

/// The methods of a service: a generated enum.
pub trait Method: Copy + Debug + Eq + Hash + Send + Sync + 'static {
    /// The full name of the service.
    const SERVICE: &'static str;
    /// Every method, in the order of the `.proto`.
    const ALL: &'static [Self];
    /// The SHA-256 of the service's rules.
    const POLICY_DIGEST: &'static str;

    /// The method with exactly this path.
    fn from_path(path: &str) -> Option<Self>;

    /// Its path.
    fn path(self) -> &'static str;

    /// Who may call it.
    fn rule(self) -> Rule;

    /// Where its rule is written, as `file:line:column`.
    fn declared_at(self) -> &'static str;
}

/// One RPC: a generated marker.
pub trait Rpc: Send + Sync + Sized + 'static {
    /// The methods of its service.
    type Method: Method;
    /// What its handler receives as proof.
    type Caller: FromDecision<Self>;
    /// What it takes.
    type Request: prost::Message + Default + Send + 'static;
    /// What it gives.
    type Response: prost::Message + Default + Send + 'static;
    /// Which of the methods it is.
    const METHOD: Self::Method;
    /// What its rule says of requests; empty unless the rule is [bound](Rule::bound_to_request) to them.
    const BOUNDS: &'static [Bound<Self::Request>] = &[];
}

/// An RPC whose rule is not bound to its requests.
#[diagnostic::on_unimplemented(
    message = "the rule of `{Self}` is bound to its requests",
    label = "who may call depends on the request",
    note = "ask with the request that is meant: `caller.admit_with::<{Self}>(&request)?`"
)]
pub trait Unbound: Rpc {}

/// What a field of a request says.
pub fn field(field: &impl Field) -> Option<Cow<'_, str>> {
    field.text()
}

/// A role: a generated marker.
pub trait Role: 'static {
    /// The roles whose holders hold it: itself, as in the `.proto`, then those that include it.
    const HELD_BY: &'static [&'static str];
}

/// Every caller that the rule of the implementing RPC admits holds `Role`.
#[diagnostic::on_unimplemented(
    message = "the rule of `{Self}` does not imply the role `{Role}`",
    label = "no proof of `{Role}`",
    note = "ask the caller with `caller.holding::<{Role}>()?`, or require that role alone in the .proto"
)]
pub trait Implies<Role> {}

/// Hands a call that passed the gate to the handler of its method; generated for every implementor of the service.
pub trait Dispatch<T>: Method {
    /// Runs the handler.
    fn dispatch(self, service: Arc<T>, call: Call<Self>) -> impl Future<Output = Answer> + Send;
}
