//! What a decision says, and why a call is refused.

use secure_policy::Condition;
use serde::Serialize;

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

/// Why a call is refused, and the status that its caller gets.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, thiserror::Error)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    /// The audit log could not record the call, and it refuses calls without a record. UNAVAILABLE.
    #[error("the call cannot be recorded")]
    AuditUnavailable,
    /// The call ended before its credential was checked, or before the request arrived that the rule has to check.
    /// CANCELLED. If its deadline ended it, DEADLINE_EXCEEDED, and the reason in the audit event is `deadline_exceeded`.
    #[error("the call ended before the decision")]
    Cancelled,
    /// The credential has expired. UNAUTHENTICATED.
    #[error("the credential has expired")]
    CredentialExpired,
    /// The method needs a credential, and the call presents none. UNAUTHENTICATED.
    #[error("a credential is required")]
    CredentialMissing,
    /// The credential is not valid. UNAUTHENTICATED.
    #[error("the credential was rejected")]
    CredentialRejected,
    /// The credential cannot be checked now, for example because keys are not loaded. UNAVAILABLE.
    #[error("the credential cannot be checked now")]
    KeysUnavailable,
    /// The request is not a gRPC request. HTTP status 415, or 405 if it is not a POST.
    #[error("the request is not a gRPC request")]
    MalformedRequest,
    /// The caller is authenticated, and the rule does not admit it. PERMISSION_DENIED.
    #[error("the caller may not call this method")]
    PermissionDenied,
    /// A [`CallPolicy`](crate::call_policy::CallPolicy) or a limit by address admits no more calls of the caller now.
    /// RESOURCE_EXHAUSTED.
    #[error("the caller has exceeded its rate limit or quota")]
    ResourceExhausted,
    /// A [`CallPolicy`](crate::call_policy::CallPolicy) refuses calls for now. UNAVAILABLE.
    #[error("the service refuses these calls for now")]
    Unavailable,
    /// The service has no method with this path. UNIMPLEMENTED.
    #[error("the service has no such method")]
    UnknownMethod,
}

impl Denial {
    /// All of them, in the order of their declaration.
    pub(crate) const ALL: [Self; 11] = [
        Self::AuditUnavailable,
        Self::Cancelled,
        Self::CredentialExpired,
        Self::CredentialMissing,
        Self::CredentialRejected,
        Self::KeysUnavailable,
        Self::MalformedRequest,
        Self::PermissionDenied,
        Self::ResourceExhausted,
        Self::Unavailable,
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
            Self::ResourceExhausted => "resource_exhausted",
            Self::Unavailable => "unavailable",
            Self::UnknownMethod => "unknown_method",
        }
    }
}

/// The denial of a failed condition: a credential is missing, or a permission.
impl From<Condition> for Denial {
    fn from(condition: Condition) -> Self {
        match condition {
            Condition::NoCredential
            | Condition::NoClientCertificate
            | Condition::CertificateHasNoName
            | Condition::WrongCredential
            | Condition::TokenNotBound => Self::CredentialMissing,
            _ => Self::PermissionDenied,
        }
    }
}

impl From<Result<(), Denial>> for Decision {
    fn from(decided: Result<(), Denial>) -> Self {
        decided.map_or_else(Self::Deny, |()| Self::Allow)
    }
}
