//! The gate in front of every handler.
//!
//! A gate asks these questions, in this order. The first "no" is the answer, and the body is not decoded.
//!
//! 1. Is it a gRPC request: a POST with a gRPC content type? Otherwise HTTP status 405 or 415.
//! 2. Does the service have a method with exactly this path, and is there no query? Otherwise UNIMPLEMENTED.
//! 3. Does the rule admit anybody? A rule that is `denied` refuses every call with PERMISSION_DENIED.
//! 4. Is there at most one `authorization` header, and did the request come through [`Server`](crate::Server), on a
//!    connection whose client certificate has not expired? Otherwise UNAUTHENTICATED. A call of a public method without
//!    a credential is also taken from other servers.
//! 5. Does the [`Authenticator`](crate::Authenticator) accept the credential? A call without a credential passes.
//!    Otherwise UNAUTHENTICATED, or UNAVAILABLE if the keys are missing.
//! 6. Does the rule admit the principal? Otherwise UNAUTHENTICATED or PERMISSION_DENIED.
//! 7. Does each [`CallPolicy`](crate::call_policy::CallPolicy) admit the call? Otherwise RESOURCE_EXHAUSTED, UNAVAILABLE or
//!    PERMISSION_DENIED.
//! 8. If the rule has conditions about the request: does each message of the request satisfy them? They are checked
//!    after decoding and before the handler sees the message. Otherwise PERMISSION_DENIED.
//!
//! The decision is one [`AuditEvent`](crate::audit::AuditEvent). A stream that was admitted and later sends a message
//! that is refused is a second event. The call also ends when the credential or the client certificate expires.
//!
//! The requests themselves are checked, too: a message over the limit is RESOURCE_EXHAUSTED, and a method that takes one
//! message refuses none or several with UNIMPLEMENTED before its handler runs.
//!
//! A gate limits no rates unless a [`CallPolicy`](crate::call_policy::CallPolicy) does. It does not hide which services
//! exist.

mod admit;
mod answer;
mod body;
mod call;
mod end;
mod messages;
mod policies;
mod record;
mod refusal;
mod request;
mod request_check;
mod row;
mod service;
mod vendored;

pub use admit::Gate;
pub use answer::{Answer, ResponseFuture};
pub use call::{Call, CallOf, Dispatch};
pub use service::{SecuredServer, SecuredService};
pub use vendored::{Gated, GatedError, Public, VendoredService};
