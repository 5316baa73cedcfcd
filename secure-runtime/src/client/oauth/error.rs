//! Errors of token requests.

use http::StatusCode;

use crate::https::{ClientSecretError, FetchError};

/// Why there is no token. It holds neither secrets nor text of the server.
#[derive(thiserror::Error)]
pub(crate) enum TokenError {
    #[error("the response has no `access_token`, or it is not a bearer token")]
    AccessToken,
    #[error("`expires_in` is not a positive number of seconds")]
    ExpiresIn,
    #[error("the request to the token endpoint failed")]
    Fetch(#[from] FetchError),
    #[error("the response is not a strict JSON object")]
    NotAnObject,
    #[error("the server refused the request: status {} and the error `{code}`", status.as_u16())]
    Refused { status: StatusCode, code: &'static str },
    #[error("there is no client secret")]
    Secret(#[from] ClientSecretError),
    #[error("`token_type` is not `Bearer`")]
    TokenType,
}

debug_as_display!(TokenError);

/// What a call learns. The log has the reason.
#[derive(Debug, thiserror::Error)]
#[error("there is no access token")]
pub(super) struct NoToken;
