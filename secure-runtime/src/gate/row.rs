//! The entry of a policy for one method.

use crate::authz::Rule;
use crate::method::Method;

/// The entry of a policy for one method.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) rule: Rule,
    pub(super) rate_class: Option<&'static str>,
    pub(super) audited: Audited,
}

/// What the audit log says of a method.
#[derive(Clone, Copy, Debug)]
pub(super) struct Audited {
    pub(super) method: &'static str,
    /// The position of the rule.
    pub(super) declared_at: Option<&'static str>,
    pub(super) policy_digest: Option<&'static str>,
    /// Whether the audit log has admitted calls too.
    pub(super) records_admitted: bool,
}

impl Row {
    /// The entry of a method in a generated policy.
    pub(super) fn of<M: Method>(method: M) -> Self {
        let audited = Audited {
            method: method.path(),
            declared_at: Some(method.declared_at()),
            policy_digest: Some(M::POLICY_DIGEST),
            records_admitted: method.records_admitted(),
        };
        Self { rule: method.rule(), rate_class: method.rate_class(), audited }
    }

    /// One rule for all methods of a vendored service, which has no generated policy. The audit log names the service
    /// instead of the method, because the path is text of the client.
    pub(super) const fn for_service(name: &'static str, rule: Rule) -> Self {
        let audited = Audited { method: name, declared_at: None, policy_digest: None, records_admitted: true };
        Self { rule, rate_class: None, audited }
    }
}
