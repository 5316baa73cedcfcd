//! Errors of HTTPS requests.

use std::time::Duration;

use crate::connect::ConnectError;

/// Why a text is not an https URL.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq, thiserror::Error)]
pub enum HttpsUrlError {
    /// It is not a URL of a host, or it has userinfo or a fragment.
    #[error("the address must be an https URL without userinfo and fragment")]
    NotAUrl,
    /// The scheme is not `https`.
    #[error("the address must begin with `https://`")]
    NotHttps,
}

debug_as_display!(HttpsUrlError);

/// Why a request failed. It holds no contents.
#[derive(thiserror::Error)]
pub(crate) enum FetchError {
    #[error("cannot connect")]
    Connect(#[from] ConnectError),
    #[error("the response has a content coding, which the request did not accept")]
    Encoded,
    #[error("the HTTP exchange failed")]
    Http(#[source] hyper::Error),
    #[error("the response is not UTF-8")]
    NotText,
    #[error("the request is not valid HTTP")]
    Request(#[source] http::Error),
    #[cfg(feature = "jwks-https")]
    #[error("the response has status {}: only 200 is accepted, and redirects are not followed", .0.as_u16())]
    Status(http::StatusCode),
    #[error("no complete response within {0:?}")]
    Timeout(Duration),
    #[error("the response has more than {0} bytes")]
    TooLong(usize),
}

debug_as_display!(FetchError);
