//! The gate in front of every handler: what is asked, in which order, and what follows.
//!
//! A request must be a gRPC request for a method of the service; what it presents must prove somebody or nothing; the
//! rule of the method must admit them. Only then is its body decoded. Every answer is one audit event.

mod admit;
mod call;
mod ending;
mod expiry;
mod foreign;
mod record;
mod request;
mod request_check;
mod service;

pub use admit::Gate;
pub use call::{Answer, Call, CallOf, Dispatch};
pub use foreign::{ForeignService, Gated, Public};
pub use service::{ResponseFuture, SecuredServer, SecuredService};
