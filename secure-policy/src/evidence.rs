//! The verified facts about a caller.

use std::borrow::Cow;

use crate::Credential;

/// The verified facts about the caller of one call. A decision uses nothing else.
///
/// Names are compared byte for byte.
pub trait Evidence {
    /// True if a credential proved who calls.
    ///
    /// If false, `decide` and `decide_field` ignore roles, scopes, subject and claims.
    fn is_authenticated(&self) -> bool;

    /// True if a credential of this kind proved who calls.
    fn is_proven_by(&self, credential: Credential) -> bool;

    /// The client certificate of the connection.
    fn certificate(&self) -> Certificate;

    /// The names by which the client certificate can be one of a rule's peers: a SPIFFE ID, or all DNS names. One of them
    /// has to match.
    fn peer_names(&self) -> impl Iterator<Item = &str>;

    /// The current actor, if the token says that somebody acts for its subject (`act`, RFC 8693, section 4.1).
    fn actor(&self) -> Option<Actor<'_>>;

    /// True if the caller holds at least one role.
    fn has_any_role(&self) -> bool;

    /// True if the caller holds this role.
    fn has_role(&self, role: &str) -> bool;

    /// True if the credential has this scope (RFC 6749, section 3.3).
    fn has_scope(&self, scope: &str) -> bool;

    /// True if the subject satisfies no `owner` condition and no claim a `tenant` condition, because the issuer is not
    /// trusted to name owners and tenants.
    fn is_excluded_from_ownership(&self) -> bool;

    /// The subject. `None` if it is empty.
    fn subject(&self) -> Option<&str>;

    /// The claim with this path, if it is a string that is not empty, or an integer in decimal.
    fn claim(&self, path: &[&str]) -> Option<Cow<'_, str>>;
}

/// Somebody who acts for the subject of a token.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "an identity is an issuer and a subject")]
pub struct Actor<'a> {
    /// The issuer of the actor.
    pub issuer: &'a str,
    /// The name of the actor. It is unique at its issuer only.
    pub subject: &'a str,
}

/// The client certificate of a connection.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is a certificate with a name, one without, or none")]
pub enum Certificate {
    /// There is none.
    Absent,
    /// It has no name that counts, so it counts as no certificate.
    Nameless,
    /// It has at least one name that counts.
    Named,
}
