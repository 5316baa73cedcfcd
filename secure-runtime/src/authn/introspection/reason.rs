//! Why a token is refused: constants for the audit log.

use crate::authn::Rejection;

pub(super) const ANSWER: Rejection = Rejection::unavailable("the answer of the introspection endpoint is not valid");
pub(super) const BUSY: Rejection = Rejection::unavailable(
    "too many tokens are asked about at the same time (`Introspection::max_concurrent_requests`)",
);
pub(super) const ENDPOINT: Rejection = Rejection::unavailable("the introspection endpoint cannot be asked");
pub(super) const EXPIRED: Rejection = Rejection::expired("the token has expired");
pub(super) const INACTIVE: Rejection =
    Rejection::rejected("the introspection endpoint says that the token is not active");
pub(super) const JWT: Rejection =
    Rejection::rejected("the token is a JWT, or one of another issuer (`Introspection::accept_jwts`)");
pub(super) const LONG: Rejection = Rejection::rejected("the token is too long (`Introspection::limits`)");
pub(super) const MALFORMED: Rejection = Rejection::rejected("the text is not a bearer token");
pub(super) const PREFIX: Rejection =
    Rejection::rejected("the token does not have the prefix (`Introspection::prefix`)");
pub(super) const TOKEN_TYPE: Rejection = Rejection::rejected(
    "`token_type` of the answer is not `Bearer` (`Introspection::allow_missing_token_type` if there is none)",
);
