//! The conditions of rules, by stable names.

use std::fmt;

macro_rules! conditions {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// The condition of a rule that a call did not fulfil.
        ///
        /// Each has a name, such as `no_required_role`, for audit logs, metrics and tools. Names never change. They
        /// contain no role, no claim and no value.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Condition {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Condition {
            /// All conditions, in the order in which they are checked.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name, such as `no_required_role`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

conditions! {
    /// The rule is `denied`: nobody may call the method.
    MethodDenied = "method_denied",
    /// The rule needs a caller, and no credential was presented.
    NoCredential = "no_credential",
    /// The rule needs a client certificate, and the connection has none.
    NoClientCertificate = "no_client_certificate",
    /// The rule needs a client certificate, and the one of the connection has no name that counts.
    CertificateHasNoName = "certificate_has_no_name",
    /// The rule needs a token, and another credential proved the caller.
    WrongCredential = "wrong_credential",
    /// The rule needs a token that is bound to the client certificate, and the token is bound to none.
    TokenNotBound = "token_not_bound",
    /// The client certificate names none of the rule's peers.
    PeerNotAllowed = "peer_not_allowed",
    /// The token is delegated (it names an actor), and the rule does not allow delegation.
    DelegatedToken = "delegated_token",
    /// The rule does not list the actor of the token.
    ActorNotAllowed = "actor_not_allowed",
    /// The credential lacks at least one of the rule's scopes.
    MissingScope = "missing_scope",
    /// The rule needs a role, and the caller has none at all. Perhaps no claim is mapped to roles.
    CredentialHasNoRoles = "credential_has_no_roles",
    /// The caller has roles, and the rule lists none of them.
    NoRequiredRole = "no_required_role",
    /// The issuer is not trusted to name tenants.
    IssuerNamesNoTenants = "issuer_names_no_tenants",
    /// The credential lacks the claim that names the tenant, or the claim is empty, or it is neither text nor an
    /// integer.
    TenantClaimMissing = "tenant_claim_missing",
    /// The request names no tenant.
    TenantFieldMissing = "tenant_field_missing",
    /// The request names another tenant than the caller's.
    TenantDiffers = "tenant_differs",
    /// The issuer is not trusted to name owners.
    IssuerNamesNoOwners = "issuer_names_no_owners",
    /// The credential has no subject.
    SubjectMissing = "subject_missing",
    /// The request names no owner.
    OwnerFieldMissing = "owner_field_missing",
    /// The request names another owner than the caller.
    OwnerDiffers = "owner_differs",
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::error::Error for Condition {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn condition_names_are_distinct() {
        let names = Condition::ALL.iter().map(|condition| condition.name()).collect::<BTreeSet<_>>();
        assert_eq!(names.len(), Condition::ALL.len());
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
    }
}
