//! The status of calls whose connection broke.

use std::error::Error;
use std::io;
use std::sync::Arc;

use tonic::{Code, Status};

use super::unsent::is_refusal;

/// UNAVAILABLE for a call whose connection broke, or that the server refused because it closes the connection, so that
/// the caller may call again.
///
/// tonic reports CANCELLED if the connection ended before the call was sent, and UNKNOWN if it broke during the call.
/// It reports INTERNAL if the server sent GOAWAY before it processed the call (RFC 9113, section 6.8).
pub(super) fn as_unavailable(status: Status) -> Status {
    let is_transient = match status.code() {
        Code::Cancelled | Code::Unknown => has_cause(&status, is_of_connection),
        Code::Internal => has_cause(&status, |error| error.downcast_ref().is_some_and(is_refusal)),
        _ => false,
    };
    if !is_transient {
        return status;
    }
    let mut unavailable = Status::unavailable("the connection broke");
    unavailable.set_source(Arc::new(status));
    unavailable
}

type Cause<'a> = &'a (dyn Error + 'static);

/// A status that the server sent has no cause.
fn has_cause(status: &Status, is_cause: impl Fn(Cause<'_>) -> bool) -> bool {
    let mut cause = status.source();
    while let Some(error) = cause {
        if is_cause(error) {
            return true;
        }
        cause = error.source();
    }
    false
}

fn is_of_connection(error: Cause<'_>) -> bool {
    error.is::<io::Error>()
        || error.downcast_ref().is_some_and(hyper::Error::is_canceled)
        || error.downcast_ref().is_some_and(h2::Error::is_io) // its source is not public
}
