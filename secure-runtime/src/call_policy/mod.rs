//! Code of yours that may refuse a call after its rule admitted it: rate limits, maintenance, quotas.
//!
//! 1. The gate decides by the rule. A call that the rule refuses reaches no call policy.
//! 2. Each [`CallPolicy`] of the gate is asked, in the order in which it was added. The first refusal is the answer.
//! 3. The outcome is recorded in the audit log, like every decision.
//!
//! A call policy cannot admit a call that its rule refuses.

mod answer;
#[cfg(feature = "rate-limit")]
mod rate_limit;

use std::fmt;

use crate::authz::Rule;
use crate::connection::Connection;
use crate::principal::Principal;

pub(crate) use answer::Answering;
pub use answer::{PolicyAnswer, PolicyRefusal};
#[cfg(feature = "rate-limit")]
pub use rate_limit::RateLimit;

#[cfg(feature = "rate-limit")]
pub use crate::rate::Rate;

/// Decides about calls that their rules admit. A closure with the signature of [`check`](Self::check) implements it.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicBool, Ordering};
/// use secure_runtime::call_policy::{PolicyRefusal, RuledCall};
/// # use secure_runtime::{Authentication, CallHead, Gate};
/// # let tokens = |_: &CallHead<'_>| Authentication::anonymous();
///
/// let in_maintenance = Arc::new(AtomicBool::new(false));
/// let gate = Gate::new(tokens).call_policy(move |_: &RuledCall<'_>| match in_maintenance.load(Ordering::Relaxed) {
///     true => PolicyRefusal::unavailable("maintenance").into(),
///     false => Ok(()).into(),
/// });
/// ```
pub trait CallPolicy: Send + Sync + 'static {
    /// Admits or refuses one call.
    ///
    /// It may run on the task of the connection. So it must neither block nor take long, because the other calls of the
    /// connection wait: return [`PolicyAnswer::pending`] to wait. If it panics, its call fails, and no other
    /// one.
    fn check(&self, call: &RuledCall<'_>) -> PolicyAnswer;

    /// Whether it limits calls of this rate class. A server does not start if its methods name a class that no call policy of
    /// their gate limits. Default: no.
    fn has_rate_of(&self, class: &str) -> bool {
        _ = class;
        false
    }
}

impl<F: Fn(&RuledCall<'_>) -> PolicyAnswer + Send + Sync + 'static> CallPolicy for F {
    fn check(&self, call: &RuledCall<'_>) -> PolicyAnswer {
        self(call)
    }
}

/// A call that its rule admits.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct RuledCall<'a> {
    /// The path of the method. The name of the service if one rule guards a whole vendored service.
    pub method: &'static str,
    /// The rule that admitted the call.
    pub rule: &'a Rule,
    /// The `rate_class` of the method in the `.proto`.
    pub rate_class: Option<&'static str>,
    /// The principal. `None` for an anonymous call of a public method.
    pub principal: Option<&'a Principal>,
    /// The connection: addresses and the client certificate. `None` if another server than ours took the call, which is
    /// possible for anonymous calls of public methods only.
    pub connection: Option<&'a Connection>,
}

impl fmt::Debug for RuledCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuledCall")
            .field("method", &self.method)
            .field("principal", &self.principal)
            .finish_non_exhaustive()
    }
}
