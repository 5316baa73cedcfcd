//! Why a call is refused.

use std::time::Duration;

use http::Method;
use secure_policy::Condition;

use super::answer::Answer;
use super::head::Head;
use crate::authn::Rejection;
use crate::authz::Denial;
use crate::call_policy::PolicyRefusal;
use crate::rejections::Delay;
use crate::status;

/// Why a call is refused: the denial for the caller, and the reason for the audit log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Refusal {
    pub(super) denial: Denial,
    /// A constant, such as the name of the condition that failed.
    pub(super) reason: &'static str,
    /// Whether the call goes on: see [`danger::report_only`](crate::danger::report_only).
    pub(super) passes: bool,
    /// When the caller may try again.
    pub(super) retry_after: Option<Duration>,
}

impl Refusal {
    /// The response to a request with this HTTP method.
    pub(super) fn answer(self, method: &Method) -> Answer {
        match self.retry_after {
            Some(retry_after) => status::refusal_until(self.denial, retry_after),
            None => status::refusal_to(method, self.denial),
        }
    }

    /// The delay of the response, after many rejected credentials on the connection.
    pub(super) fn delay(self, head: &Head) -> Option<Delay> {
        match self.denial {
            Denial::CredentialRejected => head.usage()?.rejected(),
            _ => None,
        }
    }
}

/// A refusal without a time to try again.
impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        Self { denial, reason: denial.name(), passes: false, retry_after: None }
    }
}

impl From<Condition> for Refusal {
    fn from(condition: Condition) -> Self {
        Self { denial: condition.into(), reason: condition.name(), passes: false, retry_after: None }
    }
}

impl From<PolicyRefusal> for Refusal {
    fn from(refusal: PolicyRefusal) -> Self {
        Self { denial: refusal.denial(), reason: refusal.reason(), passes: false, retry_after: refusal.retry_after() }
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self {
            denial: rejection.denial(),
            reason: rejection.reason(),
            passes: false,
            retry_after: rejection.retry_after(),
        }
    }
}
