//! What a rule asks for besides who its caller is, as plain data.

use super::role::RequiredRole;
use crate::manifest::Credential;

/// What a call must satisfy besides who its caller is.
#[derive(Debug)]
pub(crate) enum Condition {
    /// The token has all of these scopes.
    Scopes(Vec<String>),
    /// The call presents all of these credentials.
    Credentials(Vec<Credential>),
    /// The client certificate names one of these peers.
    Peers(Vec<String>),
    /// A delegated token is accepted if its actor is one of these. An empty list accepts every actor.
    Delegation(Vec<String>),
    /// Every message of the request satisfies all of these.
    Request(Vec<RequestCondition>),
}

impl Condition {
    /// What it requires of the request.
    pub(crate) fn request_conditions(&self) -> &[RequestCondition] {
        match self {
            Self::Request(conditions) => conditions,
            Self::Credentials(_) | Self::Delegation(_) | Self::Peers(_) | Self::Scopes(_) => &[],
        }
    }

    /// The roles that are exempt from it.
    pub(super) fn roles(&self) -> impl Iterator<Item = &RequiredRole> {
        self.request_conditions().iter().flat_map(|condition| &condition.exempt)
    }
}

/// A field of the request that must equal a fact about the caller.
#[derive(Debug)]
pub(crate) struct RequestCondition {
    pub(crate) fact: Fact,
    pub(crate) field: FieldPath,
    /// Holders of one of these roles are exempt.
    pub(crate) exempt: Vec<RequiredRole>,
}

/// What a field of the request is compared with.
#[derive(Debug)]
pub(crate) enum Fact {
    /// The claim with this path.
    Claim(Vec<String>),
    Subject,
}

/// The path to a string or integer field.
#[derive(Debug)]
pub(crate) struct FieldPath {
    /// As in the `.proto`, such as `order.tenant_id`.
    pub(crate) text: String,
    pub(crate) steps: Vec<Step>,
}

/// One field of a path.
#[derive(Debug)]
pub(crate) struct Step {
    /// As in the `.proto`.
    pub(crate) name: String,
    /// True for a message that may be missing.
    pub(crate) is_optional: bool,
}
