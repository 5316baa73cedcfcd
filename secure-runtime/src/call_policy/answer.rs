//! What a policy says about a call.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::authz::Denial;

/// What a [`CallPolicy`](super::CallPolicy) says about a call, now or later.
#[must_use]
pub struct PolicyAnswer(pub(crate) Answering);

pub(crate) enum Answering {
    Ready(Result<(), PolicyRefusal>),
    Pending(Pin<Box<dyn Future<Output = Result<(), PolicyRefusal>> + Send>>),
}

impl PolicyAnswer {
    /// Admits the call. The next policy is asked, if there is one.
    pub const fn admit() -> Self {
        Self(Answering::Ready(Ok(())))
    }

    /// Answers later. If the client leaves before, the call is recorded as cancelled.
    pub fn pending(answer: impl Future<Output = Result<(), PolicyRefusal>> + Send + 'static) -> Self {
        Self(Answering::Pending(Box::pin(answer)))
    }
}

impl From<Result<(), PolicyRefusal>> for PolicyAnswer {
    fn from(answer: Result<(), PolicyRefusal>) -> Self {
        Self(Answering::Ready(answer))
    }
}

impl From<PolicyRefusal> for PolicyAnswer {
    fn from(refusal: PolicyRefusal) -> Self {
        Err(refusal).into()
    }
}

impl fmt::Debug for PolicyAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Answering::Ready(answer) => f.debug_tuple("Ready").field(answer).finish(),
            Answering::Pending(_) => f.write_str("Pending(..)"),
        }
    }
}

/// Why a policy refuses a call.
///
/// The reason is a constant for the audit log, such as `maintenance`. Callers never see it: they get a status only.
///
/// ```
/// use std::time::Duration;
/// use secure_runtime::call_policy::PolicyRefusal;
///
/// const QUOTA: PolicyRefusal = PolicyRefusal::exhausted("daily_quota", Some(Duration::from_secs(3_600)));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{reason}")]
pub struct PolicyRefusal {
    denial: Denial,
    reason: &'static str,
    retry_after: Option<Duration>,
}

impl PolicyRefusal {
    /// The caller has used up what it may use. It gets RESOURCE_EXHAUSTED, and `google.rpc.RetryInfo` if it may try again
    /// after `retry_after`.
    pub const fn exhausted(reason: &'static str, retry_after: Option<Duration>) -> Self {
        Self { denial: Denial::ResourceExhausted, reason, retry_after }
    }

    /// The service cannot take the call now. The caller gets UNAVAILABLE and may try again.
    pub const fn unavailable(reason: &'static str) -> Self {
        Self { denial: Denial::Unavailable, reason, retry_after: None }
    }

    /// The caller may not make this call. It gets PERMISSION_DENIED.
    pub const fn denied(reason: &'static str) -> Self {
        Self { denial: Denial::PermissionDenied, reason, retry_after: None }
    }

    pub(crate) const fn denial(&self) -> Denial {
        self.denial
    }

    pub(crate) const fn reason(&self) -> &'static str {
        self.reason
    }

    pub(crate) const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}
