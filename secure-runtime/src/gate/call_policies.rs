//! The call policies of a gate, asked one after the other.

use std::sync::Arc;

use super::answer::BoxFuture;
use super::head::Head;
use super::row::Row;
use crate::call_policy::{Answering, CallPolicy, PolicyRefusal, RuledCall};
use crate::principal::Principal;

/// The call policies of a gate.
#[derive(Clone, Default)]
pub(super) struct CallPolicies(Vec<Arc<dyn CallPolicy>>);

/// The verdict of all call policies on one call.
pub(super) enum Verdict {
    Ready(Result<(), PolicyRefusal>),
    Pending(Rest),
}

/// A call policy that answers later, and those after it.
pub(super) struct Rest {
    pending: BoxFuture<Result<(), PolicyRefusal>>,
    after: Vec<Arc<dyn CallPolicy>>,
}

impl CallPolicies {
    pub(super) fn add(&mut self, policy: impl CallPolicy) {
        self.0.push(Arc::new(policy));
    }

    /// Whether a call policy limits the rate of a class.
    pub(super) fn have_rate_of(&self, class: &str) -> bool {
        self.0.iter().any(|policy| policy.has_rate_of(class))
    }

    pub(super) fn check(&self, head: &Head, row: &Row, principal: Option<&Principal>) -> Verdict {
        for (index, policy) in self.0.iter().enumerate() {
            match policy.check(&ruled(head, row, principal)).0 {
                Answering::Ready(Ok(())) => {}
                Answering::Ready(refused) => return Verdict::Ready(refused),
                Answering::Pending(pending) => {
                    return Verdict::Pending(Rest { pending, after: self.0[index + 1..].to_vec() });
                }
            }
        }
        Verdict::Ready(Ok(()))
    }
}

impl Rest {
    pub(super) async fn verdict(
        self,
        head: &Head,
        row: &Row,
        principal: Option<&Principal>,
    ) -> Result<(), PolicyRefusal> {
        self.pending.await?;
        for policy in self.after {
            let answer = policy.check(&ruled(head, row, principal)).0;
            match answer {
                Answering::Ready(answer) => answer?,
                Answering::Pending(answer) => answer.await?,
            }
        }
        Ok(())
    }
}

fn ruled<'a>(head: &'a Head, row: &'a Row, principal: Option<&'a Principal>) -> RuledCall<'a> {
    RuledCall {
        method: row.audited.method,
        rule: &row.rule,
        rate_class: row.rate_class,
        principal,
        connection: head.connection(),
    }
}
