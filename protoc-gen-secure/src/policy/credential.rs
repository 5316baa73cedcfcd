//! Kinds of credentials.

use crate::schema;

/// A kind of credential.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Credential {
    BoundJwt,
    Jwt,
    Mtls,
}

impl Credential {
    /// `None` for an unknown or unspecified credential.
    pub(super) fn new(declared: i32) -> Option<Self> {
        match schema::Credential::try_from(declared).ok()? {
            schema::Credential::BoundJwt => Some(Self::BoundJwt),
            schema::Credential::Jwt => Some(Self::Jwt),
            schema::Credential::Mtls => Some(Self::Mtls),
            schema::Credential::Unspecified => None,
        }
    }

    /// As in the `.proto`, without its prefix.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BoundJwt => "BOUND_JWT",
            Self::Jwt => "JWT",
            Self::Mtls => "MTLS",
        }
    }
}
