//! From a credential to a principal. It knows no policy.

pub mod jwt;

mod authenticator;
mod bearer;

pub use authenticator::{Authentication, Authenticator, CallHead, Rejection};
pub use bearer::BearerToken;
