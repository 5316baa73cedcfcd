//! What a gate is made of.

use std::fmt;
use std::sync::{Arc, Once};

use http::header::{self, HeaderName};

use super::call_policies::CallPolicies;
use super::head::Head;
use super::record::Record;
use super::report_only::{Concerns, ReportOnly};
use super::row::Row;
use crate::audit::{AuditLogger, TracingLogger};
use crate::authn::Authenticator;
use crate::call_policy::CallPolicy;

/// The gate in front of every handler: an authenticator, call policies, and the audit log. Cloning is cheap.
///
/// ```
/// # use secure_runtime::{Authentication, CallHead, Gate, audit::JsonLines};
/// # let tokens = |_: &CallHead<'_>| Authentication::anonymous();
/// let gate = Gate::new(tokens).audit(JsonLines::stdout());
/// ```
#[derive(Clone)]
pub struct Gate(pub(super) Arc<Settings>);

/// Every request clones its gate, so all settings are behind one count.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) authenticator: Arc<dyn Authenticator>,
    /// `authorization`, and the other headers with credentials.
    pub(super) credential_headers: Vec<HeaderName>,
    pub(super) audit: Arc<dyn AuditLogger>,
    pub(super) call_policies: CallPolicies,
    pub(super) report_only: Option<Arc<ReportOnly>>,
    pub(super) names_principals: bool,
    pub(super) warned: Arc<Once>,
}

impl Gate {
    /// A gate that authenticates callers by `authenticator`, and sends its decisions to [`tracing`].
    pub fn new(authenticator: impl Authenticator) -> Self {
        Self(Arc::new(Settings {
            credential_headers: credential_headers(&authenticator),
            authenticator: Arc::new(authenticator),
            audit: Arc::new(TracingLogger::new()),
            call_policies: CallPolicies::default(),
            report_only: None,
            names_principals: false,
            warned: Arc::new(Once::new()),
        }))
    }

    /// Replaces the audit log. Default: [`TracingLogger`](crate::audit::TracingLogger), which may lose events.
    #[must_use]
    pub fn audit(mut self, audit: impl AuditLogger) -> Self {
        Arc::make_mut(&mut self.0).audit = Arc::new(audit);
        self
    }

    /// Adds code that may refuse calls which their rules admit. Call policies are asked in the order in which they are added.
    #[must_use]
    pub fn call_policy(mut self, policy: impl CallPolicy) -> Self {
        Arc::make_mut(&mut self.0).call_policies.add(policy);
        self
    }

    /// Names the principal in the `tracing` span of each call, as `issuer#subject`, cut at 256 bytes. Default: the span
    /// has the method, the id of the call and its trace.
    ///
    /// Risk: every line that a handler logs names the principal.
    #[must_use]
    pub fn principals_in_spans(mut self) -> Self {
        Arc::make_mut(&mut self.0).names_principals = true;
        self
    }

    /// Lets calls pass that a rule refuses: of all callers, or of those that `concerns` names.
    pub(crate) fn report_only(mut self, reason: &'static str, concerns: Option<Concerns>) -> Self {
        Arc::make_mut(&mut self.0).report_only = Some(Arc::new(ReportOnly::new(reason, concerns)));
        self
    }

    /// The call policy that counts calls of a class, if there is one.
    pub(super) fn has_rate_of(&self, class: &str) -> bool {
        self.0.call_policies.have_rate_of(class)
    }

    pub(super) fn record(&self, head: &Head, row: Option<&Row>) -> Record {
        Record::of(head, row).report_only(self.0.report_only.as_deref().map(ReportOnly::reason))
    }

    pub(super) fn credential_headers(&self) -> &[HeaderName] {
        &self.0.credential_headers
    }

    pub(super) fn max_credential_bytes(&self) -> usize {
        self.0.authenticator.max_credential_bytes()
    }
}

/// The headers to remove before the handler. `authorization` is always among them.
fn credential_headers(authenticator: &impl Authenticator) -> Vec<HeaderName> {
    let mut headers = authenticator.credential_headers();
    if !headers.contains(&header::AUTHORIZATION) {
        headers.push(header::AUTHORIZATION);
    }
    headers
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authn::{Authentication, CallHead};

    /// Reads another header.
    struct Sessions;

    impl Authenticator for Sessions {
        fn authenticate(&self, _: &CallHead<'_>) -> Authentication {
            Authentication::anonymous()
        }

        fn credential_headers(&self) -> Vec<HeaderName> {
            vec![header::COOKIE]
        }
    }

    #[test]
    fn authorization_is_removed_whatever_header_the_authenticator_reads() {
        assert_eq!(Gate::new(Sessions).credential_headers(), [header::COOKIE, header::AUTHORIZATION]);
    }
}
