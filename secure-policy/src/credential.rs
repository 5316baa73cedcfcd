//! The kinds of credentials that a rule can demand.

/// A kind of credential.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Credential {
    /// A JWT that proves the caller.
    Jwt,
    /// A client certificate of the connection.
    Mtls,
}
