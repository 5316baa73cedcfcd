//! Why there is no answer.

use std::time::Duration;

use crate::connect::ConnectError;

/// Why a text is no address for HTTPS.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq, thiserror::Error)]
pub enum HttpsUrlError {
    /// It is no URL of a host, or names more than host, port, path and query.
    #[error("the address must be an https URL without userinfo and fragment")]
    NotAUrl,
    /// Nobody would prove anything.
    #[error("the address must begin with `https://`")]
    NotHttps,
}

debug_as_display!(HttpsUrlError);

/// Why there is no answer. It holds no contents.
#[derive(thiserror::Error)]
pub(crate) enum FetchError {
    #[error("no connection")]
    Connect(#[from] ConnectError),
    #[error("the answer has a content coding, which nobody asked for")]
    Encoded,
    #[error("the exchange broke")]
    Http(#[source] hyper::Error),
    #[error("the answer is not UTF-8")]
    NotText,
    #[error("the request cannot be written")]
    Request(#[source] http::Error),
    #[cfg(feature = "jwks-https")]
    #[error("the answer has status {}: only 200 counts, and no redirect is followed", .0.as_u16())]
    Status(http::StatusCode),
    #[error("no complete answer in {0:?}")]
    Timeout(Duration),
    #[error("the answer has more than {0} bytes")]
    TooLong(usize),
}

debug_as_display!(FetchError);
