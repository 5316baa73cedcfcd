//! Calls whose connection broke.

use std::error::Error;
use std::io;
use std::sync::Arc;

use tonic::{Code, Status};

/// UNAVAILABLE for a call whose connection broke, so that whoever may call again does.
///
/// tonic says CANCELLED if the connection ended before the call was sent, and UNKNOWN if it was cut under the call.
pub(super) fn as_unavailable(status: Status) -> Status {
    if !matches!(status.code(), Code::Cancelled | Code::Unknown) || !is_of_connection(status.source()) {
        return status;
    }
    let mut unavailable = Status::unavailable("the connection broke");
    unavailable.set_source(Arc::new(status));
    unavailable
}

/// What a server says has no cause here.
fn is_of_connection(mut cause: Option<&(dyn Error + 'static)>) -> bool {
    while let Some(error) = cause {
        if error.is::<io::Error>() || error.downcast_ref().is_some_and(hyper::Error::is_canceled) {
            return true;
        }
        cause = error.source();
    }
    false
}
