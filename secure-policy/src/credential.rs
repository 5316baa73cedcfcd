//! The kinds of credentials that a rule can demand.

/// A kind of credential.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Credential {
    /// A JWT that proves the caller, and is bound to the client certificate of the connection (RFC 8705, section 3).
    BoundJwt,
    /// A JWT that proves the caller.
    Jwt,
    /// A client certificate of the connection.
    Mtls,
}

impl Credential {
    /// True if a credential of this kind satisfies a rule that demands `demanded`. A bound JWT is a JWT, too.
    pub const fn satisfies(self, demanded: Self) -> bool {
        matches!(
            (self, demanded),
            (Self::BoundJwt, Self::BoundJwt | Self::Jwt) | (Self::Jwt, Self::Jwt) | (Self::Mtls, Self::Mtls)
        )
    }
}
