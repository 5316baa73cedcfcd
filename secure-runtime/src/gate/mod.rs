//! The gate in front of every handler.
//!
//! A gate asks these questions, in this order. The first "no" refuses the call. No message is decoded
//! before question 10.
//!
//! 1. Is it a gRPC request: a POST with a gRPC content type? Otherwise HTTP status 405 or 415.
//! 2. Does the service have a method with exactly this path, and is there no query? Otherwise UNIMPLEMENTED.
//! 3. Can the rule admit any caller? A rule that is `denied` refuses every call with PERMISSION_DENIED, before the
//!    credential is read.
//! 4. Is there at most one `authorization` header? Otherwise UNAUTHENTICATED.
//! 5. Did the request come through [`Server`](crate::Server)? Otherwise UNAUTHENTICATED. Exception: a public method
//!    accepts a call without credential headers from any server.
//! 6. Is the client certificate of the connection, if there is one, still valid and trusted? Otherwise UNAUTHENTICATED.
//! 7. Does the [`Authenticator`](crate::Authenticator) accept the credential? Otherwise UNAUTHENTICATED, or UNAVAILABLE
//!    if the keys are not loaded. A call without a credential goes on. An invalid credential is refused, even if the
//!    method is public.
//! 8. Does the rule admit the principal? Otherwise UNAUTHENTICATED if a credential is missing or expired, or else
//!    PERMISSION_DENIED.
//! 9. Does each [`CallPolicy`](crate::call_policy::CallPolicy) admit the call? Otherwise RESOURCE_EXHAUSTED, UNAVAILABLE or
//!    PERMISSION_DENIED.
//! 10. Does each message satisfy the rule's request conditions, if it has any? Otherwise PERMISSION_DENIED. A
//!     message is checked after it is decoded and before the handler sees it. If the client streams, question 11 comes
//!     before the first message.
//! 11. Can the audit log record the admitted call? Otherwise UNAVAILABLE. Only a log that fails closed says no, such as
//!     [`JsonLines::fail_closed`](crate::audit::JsonLines::fail_closed).
//!
//! A call may wait for the answer to question 7 or 9. Then question 6 is asked again, and whether the credential has expired.
//!
//! Questions 4 to 7 are left out if the rule ignores credentials (`public` with `ignore_credentials`). Headers with
//! credentials are then removed unread, and the handler gets [`Anonymous`](crate::Anonymous).
//!
//! Every call is one [`AuditEvent`](crate::audit::AuditEvent), unless it is admitted and its rule has `audit: AUDIT_DENY`.
//! If a later message of an admitted stream is refused, that is a second event. A call ends when its credential or client
//! certificate expires, unless its rule ignores credentials.
//!
//! The gate also checks the messages of an admitted call. A message over the limit is RESOURCE_EXHAUSTED. A method that
//! takes one message refuses none or several with UNIMPLEMENTED, before its handler runs.
//!
//! [`danger::report_only`](crate::danger::report_only) records a "no" of questions 8 and 10 and lets the call pass. An
//! expired credential is refused all the same.
//!
//! The HTTP library drops a `#fragment` from a path before the gate sees it, and HTTP/2 has none (RFC 9113, section 8.3.1). A
//! proxy that matches paths must refuse a path with `#`. Otherwise the proxy and the gate see different paths.
//!
//! A gate limits no rates unless a [`CallPolicy`](crate::call_policy::CallPolicy) does. It does not hide which services
//! exist.

mod admit;
mod admitted;
mod answer;
mod body;
mod call;
mod call_policies;
mod decision;
mod end;
mod head;
mod measurement;
mod messages;
mod observed;
mod pending;
mod record;
mod refusal;
mod report_only;
mod request;
mod request_check;
mod row;
mod service;
mod settings;
mod table;
mod vendored;

pub use answer::{Answer, HandlerFuture, ResponseFuture};
pub use call::{Call, CallOf, Dispatch};
pub(crate) use service::AnyService;
pub use service::{SecuredServer, SecuredService};
pub use settings::Gate;
pub use table::ServiceTable;
pub use vendored::{Gated, GatedError, Public, VendoredService};
