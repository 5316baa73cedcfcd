//! Why a token is refused: constants for the audit log, never text of the token or of a library.
//!
//! A reason names the setting that decides, where there is one.

use crate::authn::Rejection;

pub(super) const ACTOR: Rejection = Rejection::rejected(
    "`act` is not an object with a `sub`, or an identity in it is empty or has a blank or invisible character",
);
pub(super) const ACTORS: Rejection = Rejection::rejected("`act` names more than 4 actors");
pub(super) const ALGORITHM: Rejection =
    Rejection::rejected("`alg` is not one of the issuer's algorithms (`Issuer::algorithms`)");
pub(super) const AUDIENCE: Rejection = Rejection::rejected("the token is not for this audience (`Audience`)");
pub(super) const BASE64: Rejection = Rejection::rejected("a part of the token is not strict base64url");
pub(super) const BINDING: Rejection = Rejection::rejected("`cnf` is not exactly one certificate thumbprint `x5t#S256`");
pub(super) const BOUND: Rejection =
    Rejection::rejected("the token is bound to another client certificate than that of the connection");
pub(super) const CLAIMS: Rejection = Rejection::rejected("the claims are not a strict JSON object");
pub(super) const CLOCK: Rejection = Rejection::unavailable("the clock of this host is before 1970");
pub(super) const EXPIRED: Rejection = Rejection::expired("the token has expired");
pub(super) const EXPIRY: Rejection = Rejection::rejected("`exp` is missing or not a date");
pub(super) const HEADER: Rejection = Rejection::rejected("the header is not a strict JSON object");
pub(super) const HEADER_MEMBERS: Rejection = Rejection::rejected("the header has more than 64 members");
pub(super) const HEADER_TYPES: Rejection = Rejection::rejected("a member of the header has the wrong type");
pub(super) const HEADER_UNSUPPORTED: Rejection = Rejection::rejected("the header has `crit`, `b64`, `zip` or `enc`");
pub(super) const ISSUED: Rejection = Rejection::rejected("`iat` is not a date, or lies in the future");
pub(super) const ISSUER: Rejection = Rejection::rejected("`iss` is not a trusted issuer (`Issuer`)");
pub(super) const KEY_ALGORITHM: Rejection = Rejection::rejected("the key of this `kid` is for another algorithm");
pub(super) const KEY_AMBIGUOUS: Rejection = Rejection::rejected("several keys fit `kid` and `alg`");
pub(super) const KEY_UNKNOWN: Rejection = Rejection::rejected("no key of the issuer fits `kid` and `alg`");
pub(super) const KEYS: Rejection = Rejection::unavailable("the keys of the issuer are not loaded");
pub(super) const LIFETIME: Rejection =
    Rejection::rejected("the token is valid for too long, or has no `iat` (`Jwt::max_lifetime`)");
pub(super) const LONG: Rejection = Rejection::rejected("the token is too long (`TokenLimits::max_bytes`)");
pub(super) const NOT_BEFORE: Rejection = Rejection::rejected("`nbf` is not a date, or lies in the future");
pub(super) const PARTS: Rejection =
    Rejection::rejected("the token is no JWT, which has three parts (for opaque tokens: `authn::introspection`)");
pub(super) const REQUIRED_CLAIM: Rejection =
    Rejection::rejected("a claim does not have a required value (`Issuer::require_claim`)");
pub(super) const ROLES: Rejection =
    Rejection::rejected("a claim of the roles has the wrong form (`Issuer::roles_from`)");
pub(super) const SCOPES: Rejection =
    Rejection::rejected("a claim of the scopes has the wrong form (`Issuer::scopes_from`)");
pub(super) const SIGNATURE: Rejection = Rejection::rejected("the signature is not valid");
pub(super) const SUBJECT: Rejection =
    Rejection::rejected("the claim of the subject is missing or has the wrong form (`Issuer::subject_from`)");
pub(super) const SUBJECT_TEXT: Rejection =
    Rejection::rejected("the subject has a blank or invisible character (`SubjectClaim::allow_spaces`)");
pub(super) const TYPE: Rejection = Rejection::rejected("`typ` is not that of an access token (`Issuer::token_type`)");

/// Whether newer keys could lead to another answer.
pub(super) fn lacks_key(rejection: Rejection) -> bool {
    rejection == KEY_UNKNOWN || rejection == KEYS
}
