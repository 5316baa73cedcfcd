//! Lets calls pass that a rule refuses, for a service that moves over: see [`danger::report_only`](crate::danger::report_only).

use super::refusal::Refusal;
use crate::authz::Denial;
use crate::principal::{Principal, PrincipalId};

/// Which calls pass that a rule refuses.
pub(super) struct ReportOnly {
    reason: &'static str,
    concerns: Option<Concerns>,
}

/// Whether refusals of a principal are reported only.
pub(crate) type Concerns = Box<dyn Fn(&PrincipalId) -> bool + Send + Sync>;

impl ReportOnly {
    pub(super) fn new(reason: &'static str, concerns: Option<Concerns>) -> Self {
        Self { reason, concerns }
    }

    pub(super) fn reason(&self) -> &'static str {
        self.reason
    }

    /// Whether refusals of this caller are reported only.
    pub(super) fn concerns(&self, principal: Option<&Principal>) -> bool {
        match (&self.concerns, principal) {
            (None, _) => true,
            (Some(concerns), Some(principal)) => concerns(principal.id()),
            (Some(_), None) => false,
        }
    }

    /// The refusal of a rule, which passes if it concerns this caller. An expired credential never passes.
    pub(super) fn judge(&self, refusal: Refusal, principal: Option<&Principal>) -> Refusal {
        let passes = refusal.denial != Denial::CredentialExpired && self.concerns(principal);
        Refusal { passes, ..refusal }
    }
}
