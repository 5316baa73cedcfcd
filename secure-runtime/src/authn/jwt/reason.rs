//! Why a token is refused: constants for the audit log, never text of the token or of a library.

use crate::authn::Rejection;

pub(super) const ALGORITHM: Rejection = Rejection::rejected("`alg` is not an algorithm of the issuer");
pub(super) const AUDIENCE: Rejection = Rejection::rejected("`aud` does not hold the audience");
pub(super) const BASE64: Rejection = Rejection::rejected("a part of the token is not strict base64url");
pub(super) const BINDING: Rejection = Rejection::rejected("`cnf` is anything but one certificate's SHA-256");
pub(super) const BOUND: Rejection = Rejection::rejected("`cnf` is not the client certificate of the connection");
pub(super) const CLAIMS: Rejection = Rejection::rejected("the claims are not a strict JSON object");
pub(super) const CLOCK: Rejection = Rejection::unavailable("the clock of this host is before 1970");
pub(super) const EXPIRED: Rejection = Rejection::expired("the token has expired");
pub(super) const EXPIRY: Rejection = Rejection::rejected("`exp` is missing or no date");
pub(super) const HEADER: Rejection = Rejection::rejected("the header is not a strict JSON object");
pub(super) const HEADER_MEMBERS: Rejection = Rejection::rejected("the header has more than 64 members");
pub(super) const HEADER_TYPES: Rejection = Rejection::rejected("a member of the header has the wrong type");
pub(super) const HEADER_UNSUPPORTED: Rejection = Rejection::rejected("the header has `crit`, `b64`, `zip` or `enc`");
pub(super) const ISSUED: Rejection = Rejection::rejected("`iat` is no date of the past");
pub(super) const ISSUER: Rejection = Rejection::rejected("the token names none of the issuers");
pub(super) const KEY_ALGORITHM: Rejection = Rejection::rejected("the key of this `kid` has another algorithm");
pub(super) const KEY_AMBIGUOUS: Rejection = Rejection::rejected("no `kid`, and several keys have the algorithm");
pub(super) const KEY_UNKNOWN: Rejection = Rejection::rejected("no key of the issuer fits `kid` and `alg`");
pub(super) const KEYS: Rejection = Rejection::unavailable("the keys of the issuer are not loaded");
pub(super) const LIFETIME: Rejection = Rejection::rejected("the token lives too long, or lacks `iat`");
pub(super) const LONG: Rejection = Rejection::rejected("the token has more than 8192 bytes");
pub(super) const MARK: Rejection = Rejection::rejected("a claim does not mark an access token of the issuer");
pub(super) const NOT_BEFORE: Rejection = Rejection::rejected("`nbf` is no date of the past");
pub(super) const PARTS: Rejection = Rejection::rejected("the token does not have three parts");
pub(super) const ROLES: Rejection = Rejection::rejected("the claim of the roles has the wrong form");
pub(super) const SCOPE: Rejection = Rejection::rejected("`scope` has the wrong form");
pub(super) const SIGNATURE: Rejection = Rejection::rejected("the signature does not hold");
pub(super) const SUBJECT: Rejection = Rejection::rejected("`sub` is missing or empty");
pub(super) const TYPE: Rejection = Rejection::rejected("`typ` is not the type of the issuer's access tokens");

/// Whether newer keys might have led to another answer.
pub(super) fn lacks_key(why: Rejection) -> bool {
    why == KEY_UNKNOWN || why == KEYS
}
