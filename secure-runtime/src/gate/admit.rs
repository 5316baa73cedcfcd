//! Authenticates, decides and audits, in the same way for every call.

use std::pin::pin;
use std::sync::Arc;

use http::request::Parts;
use secure_policy::Condition;

use super::admitted::{Admitted, Ruled};
use super::answer::{Answer, BoxFuture, ResponseFuture};
use super::call_policies::Verdict;
use super::end::CallEnd;
use super::head::Head;
use super::observed::Observed;
use super::pending::PendingCall;
use super::refusal::Refusal;
use super::request;
use super::request_check::RequestCheck;
use super::row::Row;
use super::settings::Gate;
use crate::authn::{Authentication, Rejection};
use crate::authz::{Access, Denial};
use crate::connection::Connection;
use crate::principal::Principal;
use crate::status;

impl Gate {
    /// Answers a request: refuses it, or hands its head and what was found out to `next`.
    pub(super) fn answer<F>(&self, parts: Parts, row: &Row, next: F) -> ResponseFuture
    where
        F: FnOnce(Parts, Admitted) -> BoxFuture<Answer> + Send + 'static,
    {
        let mut head = Head::new(parts);
        if let Err(denial) = request::check(&head.parts) {
            return self.refuse(&head, None, denial.into());
        }
        if row.rule.access() == Access::Denied {
            return self.refuse(&head, Some(row), Condition::MethodDenied.into());
        }
        match self.authenticate(&mut head, row) {
            Authentication::Ready(found) => self.conclude(head, row, found, next),
            Authentication::Pending(mut found) => {
                let pending = PendingCall::new(&self.0.audit, self.record(&head, Some(row)), None);
                let (gate, row) = (self.clone(), *row);
                head.record_arrival();
                ResponseFuture::running(Box::pin(async move {
                    let found = match CallEnd::at_deadline(&head).limit(found.as_mut()).await {
                        Ok(found) => found,
                        Err(reason) => return pending.ended(reason),
                    };
                    pending.finished();
                    let Ok(answer) = match gate.check_after_wait(&head, &row, None) {
                        Ok(()) => gate.conclude(head, &row, found, next).await,
                        Err(refusal) => gate.refuse(&head, Some(&row), refusal).await,
                    };
                    answer
                }))
            }
        }
    }

    /// Refuses a request for a method that the service does not have.
    pub(super) fn answer_unknown(&self, parts: Parts) -> ResponseFuture {
        let denial = request::check(&parts).err().unwrap_or(Denial::UnknownMethod);
        self.refuse(&Head::new(parts), None, denial.into())
    }

    fn conclude<F>(
        &self,
        mut head: Head,
        row: &Row,
        found: Result<Option<Principal>, Rejection>,
        next: F,
    ) -> ResponseFuture
    where
        F: FnOnce(Parts, Admitted) -> BoxFuture<Answer> + Send + 'static,
    {
        let principal = match found {
            Ok(principal) => principal,
            Err(rejection) => return self.refuse(&head, Some(row), rejection.into()),
        };
        let ruled = match self.rule(&head, row, principal) {
            Ok(ruled) => ruled,
            Err(refusal) => return ResponseFuture::ready(refusal.answer(&head.parts.method)),
        };
        match self.0.call_policies.check(&head, row, ruled.principal.as_ref()) {
            Verdict::Ready(Ok(())) => self.open(head, row, ruled, next),
            Verdict::Ready(Err(refusal)) => self.refuse_ruled(&head, &ruled, refusal.into()),
            Verdict::Pending(rest) => {
                let Ruled { record, principal, decided } = ruled;
                let pending = PendingCall::new(&self.0.audit, record, principal.clone());
                let (gate, row) = (self.clone(), *row);
                head.record_arrival();
                ResponseFuture::running(Box::pin(async move {
                    let verdict = rest.verdict(&head, &row, principal.as_ref());
                    let verdict = match CallEnd::at_deadline(&head).limit(pin!(verdict)).await {
                        Ok(verdict) => verdict,
                        Err(reason) => return pending.ended(reason),
                    };
                    let verdict = verdict
                        .map_err(Refusal::from)
                        .and_then(|()| gate.check_after_wait(&head, &row, principal.as_ref()));
                    let ruled = Ruled { record: pending.finished(), principal, decided };
                    let Ok(answer) = match verdict {
                        Ok(()) => gate.open(head, &row, ruled, next).await,
                        Err(refusal) => gate.refuse_ruled(&head, &ruled, refusal).await,
                    };
                    answer
                }))
            }
        }
    }

    /// Decides about a caller by the rule. A refusal is recorded, and returned unless it passes.
    fn rule(&self, head: &Head, row: &Row, principal: Option<Principal>) -> Result<Ruled, Refusal> {
        let record = self.record(head, Some(row));
        let decided = self.decide(head, row, principal.as_ref());
        match decided {
            Err(refusal) if !refusal.passes => {
                record.log(&*self.0.audit, principal.as_ref(), decided);
                Err(refusal)
            }
            _ => Ok(Ruled { record, principal, decided }),
        }
    }

    /// Hands a call that nothing refuses to its handler, unless it cannot be recorded.
    fn open<F>(&self, head: Head, row: &Row, ruled: Ruled, next: F) -> ResponseFuture
    where
        F: FnOnce(Parts, Admitted) -> BoxFuture<Answer>,
    {
        let observed = Observed::start(&self.0.audit, &ruled.record, ruled.principal.as_ref(), self.0.names_principals);
        let admitted = match self.admit(&head, row, ruled) {
            Ok(admitted) => admitted,
            Err(denial) => return ResponseFuture::ready(status::refusal_to(&head.parts.method, denial)),
        };
        let observed = observed.map(|observed| observed.admitted_by(admitted.check.as_ref()));
        let mut parts = head.parts;
        for name in &self.0.credential_headers {
            parts.headers.remove(name);
        }
        let running = next(parts, admitted);
        ResponseFuture::running(match observed {
            Some(observed) => observed.run(running),
            None => running,
        })
    }

    /// Records that the call goes to its handler, unless its requests decide about that.
    fn admit(&self, head: &Head, row: &Row, Ruled { record, principal, decided }: Ruled) -> Result<Admitted, Denial> {
        let (request_id, audit) = (record.request_id(), &self.0.audit);
        let has_request_conditions = row.rule.has_request_conditions();
        if (!has_request_conditions || decided.is_err())
            && record.record(&**audit, principal.as_ref(), decided).is_err()
        {
            return Err(Denial::AuditUnavailable);
        }
        let report_only = self.0.report_only.clone();
        let check = has_request_conditions
            .then(|| RequestCheck::new(principal.clone(), record, Arc::clone(audit), report_only, decided.err()));
        if let Some(usage) = head.usage()
            && principal.is_some()
        {
            usage.authenticate();
        }
        let end = match row.rule.access() {
            Access::Anonymous => CallEnd::at_deadline(head),
            _ => CallEnd::new(head, principal.as_ref(), check.clone()),
        };
        let end = end.with_room(head);
        let peer = head.connection().and_then(Connection::peer_certificates).cloned();
        Ok(Admitted { principal, peer, request_id, check, end, passes: decided.is_err() })
    }

    /// Refuses a call after its rule has admitted it.
    fn refuse_ruled(&self, head: &Head, ruled: &Ruled, refusal: Refusal) -> ResponseFuture {
        ruled.record.log(&*self.0.audit, ruled.principal.as_ref(), Err(refusal));
        ResponseFuture::ready(refusal.answer(&head.parts.method))
    }

    fn refuse(&self, head: &Head, row: Option<&Row>, refusal: Refusal) -> ResponseFuture {
        self.record(head, row).log(&*self.0.audit, None, Err(refusal));
        ResponseFuture::ready(refusal.answer(&head.parts.method)).after(refusal.delay(head))
    }
}
