//! Why there is no token.

use std::io;
use std::path::PathBuf;

use http::StatusCode;

use crate::https::FetchError;

/// Why a server gave no token. It holds neither secrets nor texts of the server.
#[derive(thiserror::Error)]
pub(crate) enum TokenError {
    #[error("the answer has no `access_token` that is a bearer token")]
    AccessToken,
    #[error("`expires_in` is no number of seconds, or none is left")]
    ExpiresIn,
    #[error("the token endpoint cannot be asked")]
    Fetch(#[from] FetchError),
    #[error("the secret of the client is empty")]
    NoSecret,
    #[error("the answer is not a strict JSON object")]
    NotAnObject,
    #[error("the server refuses, with status {} and the error `{code}`", status.as_u16())]
    Refused { status: StatusCode, code: &'static str },
    #[error("the secret of the client in {} cannot be read", path.display())]
    Secret { path: PathBuf, source: io::Error },
    #[error("`token_type` is not `Bearer`")]
    TokenType,
}

debug_as_display!(TokenError);

/// For calls. The log has the reason.
#[derive(Debug, thiserror::Error)]
#[error("there is no access token")]
pub(super) struct NoToken;
