//! Why a call is refused.

use secure_policy::Condition;

use crate::authn::Rejection;
use crate::authz::Denial;
use crate::call_policy::PolicyRefusal;

/// Why a call is refused: what its caller is told, and what the audit log is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Refusal {
    pub(super) denial: Denial,
    /// A constant, such as the name of the condition that failed.
    pub(super) reason: &'static str,
}

/// There is nothing more to tell.
impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        Self { denial, reason: denial.name() }
    }
}

impl From<Condition> for Refusal {
    fn from(condition: Condition) -> Self {
        Self { denial: condition.into(), reason: condition.name() }
    }
}

impl From<PolicyRefusal> for Refusal {
    fn from(refusal: PolicyRefusal) -> Self {
        Self { denial: refusal.denial(), reason: refusal.reason() }
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self { denial: rejection.denial(), reason: rejection.reason() }
    }
}
