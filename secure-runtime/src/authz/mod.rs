//! Who may call what: the tables, and the decision over them. It knows neither HTTP nor credentials.

use serde::Serialize;

use crate::principal::{Principal, PrincipalId};

/// Who may call a method.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Access {
    /// A caller that holds at least one of these roles; an empty list admits nobody.
    AnyRole(&'static [&'static str]),
    /// Any caller with a proven identity.
    Authenticated,
    /// Anyone.
    Public,
}

/// What the policy says about a principal and a method.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "two cases are the point")]
pub enum Decision {
    /// The call goes to its handler.
    Allow,
    /// The call is refused.
    Deny(Denial),
}

/// Why a call is refused.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, thiserror::Error)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    /// The client went away before its credential was checked.
    #[error("the call ended before its caller was proven")]
    Cancelled,
    /// The credential was good once.
    #[error("the credential has expired")]
    CredentialExpired,
    /// The method needs a credential and none came.
    #[error("a credential is required")]
    CredentialMissing,
    /// A credential came and proved nothing.
    #[error("the credential was rejected")]
    CredentialRejected,
    /// The credential cannot be checked at the moment.
    #[error("the keys to check the credential with are unavailable")]
    KeysUnavailable,
    /// The request is not a gRPC request.
    #[error("the request is not a gRPC request")]
    MalformedRequest,
    /// The caller is proven, and its roles do not suffice.
    #[error("the caller may not call this method")]
    PermissionDenied,
    /// The service has no such method.
    #[error("the service has no such method")]
    UnknownMethod,
}

/// Decides. Everything that may be called may be called because of an arm of this `match`.
pub(crate) fn decide(access: Access, principal: Option<&Principal>) -> Decision {
    match (access, principal) {
        (Access::Public, _) | (Access::Authenticated, Some(_)) => Decision::Allow,
        (Access::AnyRole(roles), Some(principal)) if roles.iter().any(|role| principal.has_role(role)) => {
            Decision::Allow
        }
        (Access::AnyRole(_), Some(_)) => Decision::Deny(Denial::PermissionDenied),
        (Access::Authenticated | Access::AnyRole(_), None) => Decision::Deny(Denial::CredentialMissing),
    }
}

/// Proof that the caller holds a role, for business code to demand.
///
/// [`Caller<R>`](crate::Caller) is proof of every role the rule of `R` implies; for others,
/// [`Caller::holding`](crate::Caller::holding) asks. Each package has its own `policy_roles`: across packages, ask.
///
/// ```
/// # use secure_runtime::Holds;
/// # mod policy_roles { pub enum Admin {} }
/// fn close_the_shop(by: &impl Holds<policy_roles::Admin>) {
///     println!("closed by {}", by.id());
/// }
/// ```
pub trait Holds<Held>: sealed::Holds<Held> {
    /// Who holds it.
    fn id(&self) -> &PrincipalId;
}

pub(crate) mod sealed {
    #[expect(unnameable_types, reason = "sealed: nobody else proves roles")]
    pub trait Holds<Held> {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(roles: &[&str]) -> Option<Principal> {
        Some(Principal::new("https://id.example.com", "somebody").roles(roles.iter().copied()))
    }

    #[test]
    fn the_truth_table() {
        use Decision::{Allow, Deny};
        let roles = Access::AnyRole(&["clerk", "admin"]);
        let missing = Deny(Denial::CredentialMissing);
        let denied = Deny(Denial::PermissionDenied);
        let rows = [
            ("public, nobody", Access::Public, None, Allow),
            ("public, somebody", Access::Public, with(&[]), Allow),
            ("authenticated, nobody", Access::Authenticated, None, missing),
            ("authenticated, somebody", Access::Authenticated, with(&[]), Allow),
            ("roles, nobody", roles, None, missing),
            ("roles, without roles", roles, with(&[]), denied),
            ("roles, first of them", roles, with(&["clerk"]), Allow),
            ("roles, second of them", roles, with(&["x", "admin"]), Allow),
            ("roles, another case", roles, with(&["Admin"]), denied),
            ("roles, a prefix", roles, with(&["adm"]), denied),
            ("roles, a longer one", roles, with(&["admin2", "admin "]), denied),
            ("an empty list, everything", Access::AnyRole(&[]), with(&["clerk", "admin", ""]), denied),
        ];
        for (name, access, principal, expected) in rows {
            assert_eq!(decide(access, principal.as_ref()), expected, "{name}");
        }
    }
}
