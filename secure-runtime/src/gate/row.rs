//! The entry of a policy for one method.

use crate::authz::Rule;
use crate::method::Method;

/// The entry of a policy for one method: the rule, and the position of the rule for the audit log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) method: &'static str,
    pub(super) rule: Rule,
    pub(super) declared_at: Option<&'static str>,
    pub(super) policy_digest: Option<&'static str>,
    /// Whether the audit log has admitted calls too.
    pub(super) records_admitted: bool,
    pub(super) rate_class: Option<&'static str>,
}

impl Row {
    /// The entry of a method in a generated policy.
    pub(super) fn of<M: Method>(method: M) -> Self {
        Self {
            method: method.path(),
            rule: method.rule(),
            declared_at: Some(method.declared_at()),
            policy_digest: Some(M::POLICY_DIGEST),
            records_admitted: method.records_admitted(),
            rate_class: method.rate_class(),
        }
    }

    /// One rule for all methods of a vendored service, which has no generated policy. The audit log names the service
    /// instead of the method, because the path is text of the client.
    pub(super) const fn for_service(name: &'static str, rule: Rule) -> Self {
        Self { method: name, rule, declared_at: None, policy_digest: None, records_admitted: true, rate_class: None }
    }
}
