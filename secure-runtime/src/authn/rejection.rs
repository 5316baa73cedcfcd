//! Why a credential was not accepted.

use std::time::Duration;

use crate::authz::Denial;
use crate::tls::CertificateRefusal;

/// Why a credential was not accepted.
///
/// The reason is a constant, so that no part of a credential can get into the audit log with it. The caller never sees
/// it: it gets a status only.
///
/// ```
/// use secure_runtime::Rejection;
///
/// const UNKNOWN_SESSION: Rejection = Rejection::rejected("the session is unknown");
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{reason}")]
pub struct Rejection {
    denial: Denial,
    reason: &'static str,
    retry_after: Option<Duration>,
}

impl Rejection {
    /// The credential is not valid. The caller gets UNAUTHENTICATED.
    pub const fn rejected(reason: &'static str) -> Self {
        Self::of(Denial::CredentialRejected, reason)
    }

    /// The credential was valid and has expired. The caller gets UNAUTHENTICATED.
    ///
    /// Use it only for a credential that passes every other check, its signature included. Otherwise the audit log would
    /// show forged credentials as expired ones.
    pub const fn expired(reason: &'static str) -> Self {
        Self::of(Denial::CredentialExpired, reason)
    }

    /// The credential cannot be checked now, for example because keys are missing. The caller gets UNAVAILABLE and may
    /// try again.
    pub const fn unavailable(reason: &'static str) -> Self {
        Self::of(Denial::KeysUnavailable, reason)
    }

    /// There are too many credentials to check. The caller gets RESOURCE_EXHAUSTED, and `google.rpc.RetryInfo` with the time to
    /// wait.
    pub const fn exhausted(reason: &'static str, retry_after: Duration) -> Self {
        Self { denial: Denial::ResourceExhausted, reason, retry_after: Some(retry_after) }
    }

    const fn of(denial: Denial, reason: &'static str) -> Self {
        Self { denial, reason, retry_after: None }
    }

    pub(crate) const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The denial that the call is refused with. It decides the caller's status.
    pub const fn denial(&self) -> Denial {
        self.denial
    }

    /// The reason, for the audit log.
    pub const fn reason(&self) -> &'static str {
        self.reason
    }
}

impl From<CertificateRefusal> for Rejection {
    fn from(refusal: CertificateRefusal) -> Self {
        match refusal {
            CertificateRefusal::Expired => Self::expired("the client certificate has expired"),
            CertificateRefusal::Untrusted => Self::rejected("the client certificate is not trusted any more"),
        }
    }
}
