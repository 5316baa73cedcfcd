//! From a credential to a principal. It knows no policy.

mod authenticator;
mod bearer;

pub use authenticator::{Authentication, Authenticator, CallHead, Rejection};
pub use bearer::BearerToken;
