//! From a credential to a principal. It knows no policy.

pub mod jwt;

mod authenticator;
mod bearer;
mod beside;
mod mtls;

pub use authenticator::{Authentication, Authenticator, CallHead, Rejection};
pub use bearer::BearerToken;
pub use beside::Beside;
pub use mtls::{Mtls, MtlsError};
