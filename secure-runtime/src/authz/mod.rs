//! Who may call what: rules, and the decision over them. It knows no HTTP, and of credentials only who they proved.

pub(crate) mod bound;
mod rule;

use serde::Serialize;

use crate::principal::{Principal, PrincipalId};
use crate::tls::{PeerCertificates, PeerName};

pub use crate::credential::Credential;
pub(crate) use bound::decide as decide_request;
pub use rule::{Access, Rule};

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
    /// The call could not be recorded in the audit log, which admits no call without its record.
    #[error("the call cannot be recorded")]
    AuditUnavailable,
    /// The call ended before its credential was checked, or before a whole request came that the rule asks for.
    #[error("the call ended before the decision")]
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

impl Denial {
    /// All of them, in the order of their declaration.
    pub(crate) const ALL: [Self; 9] = [
        Self::AuditUnavailable,
        Self::Cancelled,
        Self::CredentialExpired,
        Self::CredentialMissing,
        Self::CredentialRejected,
        Self::KeysUnavailable,
        Self::MalformedRequest,
        Self::PermissionDenied,
        Self::UnknownMethod,
    ];

    /// The name in audit logs and metrics, such as `credential_missing`. It never changes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuditUnavailable => "audit_unavailable",
            Self::Cancelled => "cancelled",
            Self::CredentialExpired => "credential_expired",
            Self::CredentialMissing => "credential_missing",
            Self::CredentialRejected => "credential_rejected",
            Self::KeysUnavailable => "keys_unavailable",
            Self::MalformedRequest => "malformed_request",
            Self::PermissionDenied => "permission_denied",
            Self::UnknownMethod => "unknown_method",
        }
    }
}

/// Decides. Everything that may be called may be called because of an arm of this `match`.
pub(crate) fn decide(rule: &Rule, principal: Option<&Principal>, peer: Option<&PeerCertificates>) -> Decision {
    match (rule.access, principal) {
        (Access::Denied, _) => Decision::Deny(Denial::PermissionDenied),
        (Access::Public, _) if !rule.is_narrowed() => Decision::Allow,
        (_, None) => Decision::Deny(Denial::CredentialMissing),
        (_, Some(_)) if rule.demands_certificate() && !peer.is_some_and(PeerCertificates::has_any_name) => {
            Decision::Deny(Denial::CredentialMissing)
        }
        (_, Some(principal)) if !rule.takes_proof_of(principal) => Decision::Deny(Denial::CredentialMissing),
        (_, Some(_)) if !rule.takes_peer(peer.and_then(PeerCertificates::name).map(PeerName::as_str)) => {
            Decision::Deny(Denial::PermissionDenied)
        }
        (_, Some(principal)) if !rule.scopes.iter().all(|scope| principal.has_scope(scope)) => {
            Decision::Deny(Denial::PermissionDenied)
        }
        (Access::AnyRole(roles), Some(principal)) if !roles.iter().any(|role| principal.has_role(role)) => {
            Decision::Deny(Denial::PermissionDenied)
        }
        (Access::AnyRole(_) | Access::Authenticated | Access::Public, Some(_)) => Decision::Allow,
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
        let roles = Rule::any_role(&["clerk", "admin"]);
        let missing = Deny(Denial::CredentialMissing);
        let denied = Deny(Denial::PermissionDenied);
        let rows = [
            ("public, nobody", Rule::public(), None, Allow),
            ("public, somebody", Rule::public(), with(&[]), Allow),
            ("authenticated, nobody", Rule::authenticated(), None, missing),
            ("authenticated, somebody", Rule::authenticated(), with(&[]), Allow),
            ("denied, nobody", Rule::denied(), None, denied),
            ("denied, somebody", Rule::denied(), with(&["admin"]), denied),
            ("roles, nobody", roles, None, missing),
            ("roles, without roles", roles, with(&[]), denied),
            ("roles, first of them", roles, with(&["clerk"]), Allow),
            ("roles, second of them", roles, with(&["x", "admin"]), Allow),
            ("roles, another case", roles, with(&["Admin"]), denied),
            ("roles, a prefix", roles, with(&["adm"]), denied),
            ("roles, a longer one", roles, with(&["admin2", "admin "]), denied),
            ("an empty list, everything", Rule::any_role(&[]), with(&["clerk", "admin", ""]), denied),
        ];
        for (name, rule, principal, expected) in rows {
            assert_eq!(decide(&rule, principal.as_ref(), None), expected, "{name}");
        }
    }

    #[test]
    fn scopes_are_demanded_one_and_all() {
        let rule = Rule::any_role(&["clerk"]).scopes(&["orders:read", "orders:write"]);
        let scoped = |scopes: &[&str]| with(&["clerk"]).map(|clerk| clerk.scopes(scopes.iter().copied()));
        let decide = |principal: Option<Principal>| decide(&rule, principal.as_ref(), None);
        assert_eq!(decide(scoped(&["orders:write", "x", "orders:read"])), Decision::Allow);
        for scopes in [&[][..], &["orders:read"], &["orders:read", "orders"], &["orders:read orders:write"]] {
            assert_eq!(decide(scoped(scopes)), Decision::Deny(Denial::PermissionDenied), "{scopes:?}");
        }
        let only_scopes = with(&[]).map(|it| it.scopes(["orders:read", "orders:write"]));
        assert_eq!(decide(only_scopes), Decision::Deny(Denial::PermissionDenied));
    }

    #[test]
    fn credentials_are_demanded_one_and_all() {
        let peer = PeerCertificates::unverified("cart.internal".parse().ok());
        let nobodys = PeerCertificates::unverified_chain(&[b"leaf"]);
        let token = with(&[]).map(|principal| principal.proven_by(Credential::Jwt));
        let (jwt, mtls) = ([Credential::Jwt].as_slice(), [Credential::Mtls].as_slice());
        let both = [Credential::Jwt, Credential::Mtls].as_slice();
        let rows = [
            (jwt, &token, None, true),
            (jwt, &with(&[]), None, false),
            (jwt, &with(&[]), Some(&peer), false),
            (mtls, &with(&[]), Some(&peer), true),
            (mtls, &token, None, false),
            (mtls, &token, Some(&peer), true),
            (both, &token, Some(&peer), true),
            (both, &token, None, false),
            (both, &with(&[]), Some(&peer), false),
            (both, &None, Some(&peer), false),
            (mtls, &token, Some(&nobodys), false),
            (both, &token, Some(&nobodys), false),
        ];
        for (credentials, principal, peer, is_enough) in rows {
            let rule = Rule::authenticated().credentials(Box::leak(Box::from(credentials)));
            let expected = if is_enough { Decision::Allow } else { Decision::Deny(Denial::CredentialMissing) };
            assert_eq!(decide(&rule, principal.as_ref(), peer), expected, "{credentials:?} {principal:?} {peer:?}");
        }
    }

    #[test]
    fn what_narrows_is_never_left_out() {
        for rule in [
            Rule::public().scopes(&["x"]),
            Rule::public().peers(&["cart.internal"]),
            Rule::public().credentials(&[Credential::Jwt]),
            Rule::public().bound_to_request(),
        ] {
            assert_eq!(decide(&rule, None, None), Decision::Deny(Denial::CredentialMissing), "{rule:?}");
        }
        let peers = Rule::authenticated().peers(&["cart.internal"]);
        assert_eq!(decide(&peers, with(&[]).as_ref(), None), Decision::Deny(Denial::CredentialMissing));
        let [other, nobodys] = ["cart.example", "*"].map(|name| PeerCertificates::unverified(name.parse().ok()));
        assert_eq!(decide(&peers, with(&[]).as_ref(), Some(&other)), Decision::Deny(Denial::PermissionDenied));
        assert_eq!(decide(&peers, with(&[]).as_ref(), Some(&nobodys)), Decision::Deny(Denial::CredentialMissing));
    }
}
