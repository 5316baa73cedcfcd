//! Calls that no server processed.

use std::error::Error;

/// Why no server processed a call. Such a call can be made again, whatever its method does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unsent {
    /// There was no connection, so nothing was sent.
    NoConnection,
    /// The connection ended before the server looked at the call (RFC 9113, section 8.7).
    NotProcessed,
}

impl Unsent {
    /// `None` if a server may have processed the call that failed so.
    pub(super) fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if error.is::<tonic::ConnectError>() || error.is::<crate::connect::ConnectError>() {
                return Some(Self::NoConnection);
            }
            // hyper cancels a call only if it did not send it.
            let is_cancelled = error.downcast_ref().is_some_and(hyper::Error::is_canceled);
            if is_cancelled || error.downcast_ref().is_some_and(is_refusal) {
                return Some(Self::NotProcessed);
            }
            cause = error.source();
        }
        None
    }
}

/// A GOAWAY without an error ends only the streams that the server did not process.
pub(super) fn is_refusal(error: &h2::Error) -> bool {
    let refuses = match error.reason() {
        Some(h2::Reason::NO_ERROR) => error.is_go_away(),
        Some(h2::Reason::REFUSED_STREAM) => error.is_reset(),
        _ => false,
    };
    refuses && error.is_remote()
}
