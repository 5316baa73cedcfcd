//! Who may call what. The rules and the decision are those of [`secure_policy`]. Here a verified principal and a client
//! certificate become its evidence. The module knows no HTTP.

mod denial;
mod evidence;
pub(crate) mod request_condition;

use crate::principal::{Principal, PrincipalId};
use crate::tls::PeerCertificates;

pub use denial::{Decision, Denial};
use evidence::CallerEvidence;
pub(crate) use request_condition::decide as decide_request;
pub use secure_policy::{Condition, Credential};

/// Who may call a method: a rule of a generated table, or one for [`Gated`](crate::Gated).
pub type Rule = secure_policy::Rule<'static>;

/// Who may call a method, before its other conditions.
pub type Access = secure_policy::Access<'static>;

/// Decides whether the rule admits the principal on a connection with this client certificate.
pub(crate) fn decide(
    rule: &Rule,
    principal: Option<&Principal>,
    peer: Option<&PeerCertificates>,
) -> Result<(), Condition> {
    secure_policy::decide(rule, &CallerEvidence { principal, peer })
}

/// Proof that the caller holds a role. Business code can demand it as an argument.
///
/// A [`Caller<R>`](crate::Caller) proves every role that the rule of `R` implies.
/// [`Caller::holding`](crate::Caller::holding) returns the proof of another role. Each package has its own
/// `policy_roles`, so a role of another package needs `holding`, too.
///
/// ```
/// # use secure_runtime::Holds;
/// # mod policy_roles { pub enum Admin {} }
/// fn close_the_shop(by: &impl Holds<policy_roles::Admin>) {
///     println!("closed by {}", by.id());
/// }
/// ```
pub trait Holds<Held>: sealed::Holds<Held> {
    /// The principal that holds the role.
    fn id(&self) -> &PrincipalId;
}

pub(crate) mod sealed {
    #[expect(unnameable_types, reason = "sealed: nobody else proves roles")]
    pub trait Holds<Held> {}
}

#[cfg(test)]
mod tests;
