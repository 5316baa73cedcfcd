//! Errors of token requests.

use std::io;
use std::path::PathBuf;

use http::StatusCode;

use crate::https::FetchError;

/// Why there is no token. It holds neither secrets nor text of the server.
#[derive(thiserror::Error)]
pub(crate) enum TokenError {
    #[error("the response has no `access_token`, or it is not a bearer token")]
    AccessToken,
    #[error("`expires_in` is not a positive number of seconds")]
    ExpiresIn,
    #[error("the request to the token endpoint failed")]
    Fetch(#[from] FetchError),
    #[error("the client secret is empty")]
    NoSecret,
    #[error("the response is not a strict JSON object")]
    NotAnObject,
    #[error("the server refused the request: status {} and the error `{code}`", status.as_u16())]
    Refused { status: StatusCode, code: &'static str },
    #[error("cannot read the client secret in {}", path.display())]
    Secret { path: PathBuf, source: io::Error },
    #[error("`token_type` is not `Bearer`")]
    TokenType,
}

debug_as_display!(TokenError);

/// What a call learns. The log has the reason.
#[derive(Debug, thiserror::Error)]
#[error("there is no access token")]
pub(super) struct NoToken;
