//! Authenticates, decides and audits, in the same way for every call.

use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Once};

use http::Method;
use http::header::{self, HeaderName};
use http::request::Parts;
use secure_policy::Condition;

use super::admitted::{Admitted, RuledParts};
use super::answer::{Answer, BoxFuture, ResponseFuture};
use super::end::{Arrival, CallEnd};
use super::observed::Observed;
use super::pending::PendingCall;
use super::policies::{Policies, Verdict};
use super::record::Record;
use super::refusal::Refusal;
use super::report_only::{Concerns, ReportOnly};
use super::request_check::RequestCheck;
use super::row::Row;
use super::{decision, request};
use crate::audit::{AuditLogger, TracingLogger};
use crate::authn::{Authentication, Authenticator, CallHead, Rejection};
use crate::authz::{Access, Denial};
use crate::call_policy::{CallPolicy, PolicyRefusal};
use crate::connection::Vouched;
use crate::principal::Principal;
use crate::status;

/// The gate in front of every handler: an authenticator, call policies, and the audit log. Cloning is cheap.
///
/// ```
/// # use secure_runtime::{Authentication, CallHead, Gate, audit::JsonLines};
/// # let tokens = |_: &CallHead<'_>| Authentication::anonymous();
/// let gate = Gate::new(tokens).audit(JsonLines::stdout());
/// ```
#[derive(Clone)]
pub struct Gate(Arc<Settings>);

/// Every request clones its gate, so all settings are behind one count.
#[derive(Clone)]
struct Settings {
    authenticator: Arc<dyn Authenticator>,
    /// `authorization`, and the other headers with credentials.
    credential_headers: Vec<HeaderName>,
    audit: Arc<dyn AuditLogger>,
    policies: Policies,
    report_only: Option<Arc<ReportOnly>>,
    names_principals: bool,
    warned: Arc<Once>,
}

impl Gate {
    /// A gate that authenticates callers by `authenticator`, and sends its decisions to [`tracing`].
    pub fn new(authenticator: impl Authenticator) -> Self {
        Self(Arc::new(Settings {
            credential_headers: decision::credential_headers(&authenticator),
            authenticator: Arc::new(authenticator),
            audit: Arc::new(TracingLogger::new()),
            policies: Policies::default(),
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

    /// Adds code that may refuse calls which their rules admit. Policies are asked in the order in which they are added.
    #[must_use]
    pub fn call_policy(mut self, policy: impl CallPolicy) -> Self {
        Arc::make_mut(&mut self.0).policies.add(policy);
        self
    }

    /// Names the principal in the `tracing` span of each call, as `issuer#subject`. Default: the span has the method, the
    /// id of the call and its trace.
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

    /// The policy that counts calls of a class, if there is one.
    pub(super) fn has_rate_of(&self, class: &str) -> bool {
        self.0.policies.have_rate_of(class)
    }

    fn record(&self, head: &Parts, row: Option<Row>) -> Record {
        Record::of(head, row).report_only(self.0.report_only.as_deref().map(ReportOnly::reason))
    }

    pub(super) fn credential_headers(&self) -> &[HeaderName] {
        &self.0.credential_headers
    }

    pub(super) fn max_credential_bytes(&self) -> usize {
        self.0.authenticator.max_credential_bytes()
    }

    /// Answers a request: refuses it, or hands its head and what was found out to `next`.
    pub(super) fn answer<F>(&self, mut head: Parts, row: Row, next: F) -> ResponseFuture
    where
        F: FnOnce(Parts, Admitted) -> BoxFuture<Answer> + Send + 'static,
    {
        if let Err(denial) = request::check(&head) {
            return self.refuse(&head, None, denial.into());
        }
        if row.rule.access() == Access::Denied {
            return self.refuse(&head, Some(row), Condition::MethodDenied.into());
        }
        match self.authenticate(&mut head, row) {
            Authentication::Ready(found) => self.conclude(head, row, found, next),
            Authentication::Pending(mut found) => {
                let pending = PendingCall::new(&self.0.audit, self.record(&head, Some(row)), None);
                let gate = self.clone();
                Arrival::record(&mut head);
                ResponseFuture::running(Box::pin(async move {
                    let found = match CallEnd::at_deadline(&head).bound(found.as_mut()).await {
                        Ok(found) => found,
                        Err(reason) => return reason.answer(),
                    };
                    pending.finished();
                    let Ok(answer) = gate.conclude(head, row, found, next).await;
                    answer
                }))
            }
        }
    }

    /// Refuses a request for a method that the service does not have.
    pub(super) fn answer_unknown(&self, head: &Parts) -> ResponseFuture {
        let denial = request::check(head).err().unwrap_or(Denial::UnknownMethod);
        self.refuse(head, None, denial.into())
    }

    fn authenticate(&self, head: &mut Parts, row: Row) -> Authentication {
        if row.rule.access() == Access::Anonymous {
            return Authentication::anonymous();
        }
        let mut credentials = 0;
        for name in &self.0.credential_headers {
            let header::Entry::Occupied(mut values) = head.headers.entry(name) else { continue };
            let count = values.iter_mut().map(|value| value.set_sensitive(true)).count();
            if count > 1 && name == header::AUTHORIZATION {
                return Rejection::rejected("more than one authorization header").into();
            }
            credentials += count;
        }
        match Vouched::connection(&head.extensions) {
            // A handshake proves a certificate once (RFC 8446, section 4.4.2); a connection may outlive it.
            Some(connection) => match connection.refusal() {
                Some(refusal) => Rejection::from(refusal).into(),
                None => self.0.authenticator.authenticate(&CallHead::new(head.uri.path(), &head.headers, connection)),
            },
            None => self.without_connection(credentials, row),
        }
    }

    /// A request that did not come through this crate's server may have crossed the network in plaintext.
    fn without_connection(&self, credentials: usize, row: Row) -> Authentication {
        if credentials == 0 && row.rule.access() == Access::Public {
            return Authentication::anonymous();
        }
        self.0.warned.call_once(|| {
            tracing::warn!(
                method = row.method,
                "protected methods refuse every call, because this service is mounted on a server that cannot vouch \
                 for its connections: serve it with `secure_runtime::Server`"
            );
        });
        Rejection::rejected("the connection is not one of secure_runtime::Server").into()
    }

    fn conclude<F>(&self, head: Parts, row: Row, found: Result<Option<Principal>, Rejection>, next: F) -> ResponseFuture
    where
        F: FnOnce(Parts, Admitted) -> BoxFuture<Answer> + Send + 'static,
    {
        let principal = match found {
            Ok(principal) => principal,
            Err(rejection) => return self.refuse(&head, Some(row), rejection.into()),
        };
        let record = self.record(&head, Some(row));
        let decided = self.decide(&head, row, principal.as_ref());
        if let Err(refusal) = decided
            && !refusal.passes
        {
            record.log(&*self.0.audit, principal.as_ref(), Err(refusal));
            return ResponseFuture::ready(status::refusal_to(&head.method, refusal.denial));
        }
        let mut call = RuledParts { head, row, principal, decided };
        match self.0.policies.check(&call.head, row, call.principal.as_ref()) {
            Verdict::Ready(verdict) => self.open(call, record, verdict, next),
            Verdict::Pending(rest) => {
                let pending = PendingCall::new(&self.0.audit, record, call.principal.clone());
                let gate = self.clone();
                Arrival::record(&mut call.head);
                ResponseFuture::running(Box::pin(async move {
                    let verdict = rest.verdict(&call.head, row, call.principal.as_ref());
                    let verdict = match CallEnd::at_deadline(&call.head).bound(pin!(verdict)).await {
                        Ok(verdict) => verdict,
                        Err(reason) => return reason.answer(),
                    };
                    let record = pending.finished();
                    let Ok(answer) = gate.open(call, record, verdict, next).await;
                    answer
                }))
            }
        }
    }

    /// Hands a call that its rule admits to its handler, unless a policy refuses it or it cannot be recorded.
    fn open<F>(&self, call: RuledParts, record: Record, verdict: Result<(), PolicyRefusal>, next: F) -> ResponseFuture
    where
        F: FnOnce(Parts, Admitted) -> BoxFuture<Answer>,
    {
        if let Err(refusal) = verdict {
            record.log(&*self.0.audit, call.principal.as_ref(), Err(refusal.into()));
            return ResponseFuture::ready(Refusal::from(refusal).answer(&call.head.method));
        }
        let observed = Observed::start(&self.0.audit, &record, call.principal.as_ref(), self.0.names_principals);
        match self.admit(call, record) {
            Ok((mut head, admitted)) => {
                for name in &self.0.credential_headers {
                    head.headers.remove(name);
                }
                let running = next(head, admitted);
                ResponseFuture::running(match observed {
                    Some(observed) => observed.run(running),
                    None => running,
                })
            }
            Err((method, denial)) => ResponseFuture::ready(status::refusal_to(&method, denial)),
        }
    }

    /// Records that the call goes to its handler, unless its requests decide about that.
    fn admit(&self, call: RuledParts, record: Record) -> Result<(Parts, Admitted), (Method, Denial)> {
        let RuledParts { head, row, principal, decided } = call;
        let (request_id, audit) = (record.request_id(), &self.0.audit);
        let is_bound = row.rule.is_bound_to_request();
        if (!is_bound || decided.is_err()) && record.record(&**audit, principal.as_ref(), decided).is_err() {
            return Err((head.method, Denial::AuditUnavailable));
        }
        let report_only = self.0.report_only.clone();
        let check = is_bound
            .then(|| RequestCheck::new(principal.clone(), record, Arc::clone(audit), report_only, decided.err()));
        if let Some(usage) = Vouched::usage(&head.extensions)
            && principal.is_some()
        {
            usage.prove();
        }
        let end = match row.rule.access() {
            Access::Anonymous => CallEnd::at_deadline(&head),
            _ => CallEnd::new(&head, principal.as_ref(), check.clone()),
        };
        let end = end.with_room(&head);
        Ok((head, Admitted { principal, request_id, check, end, passes: decided.is_err() }))
    }

    /// What the rule says of the caller.
    fn decide(&self, head: &Parts, row: Row, principal: Option<&Principal>) -> Result<(), Refusal> {
        decision::decide(head, row, principal).map_err(|refusal| match &self.0.report_only {
            Some(report_only) => report_only.judge(refusal, principal),
            None => refusal,
        })
    }

    fn refuse(&self, head: &Parts, row: Option<Row>, refusal: Refusal) -> ResponseFuture {
        self.record(head, row).log(&*self.0.audit, None, Err(refusal));
        ResponseFuture::ready(refusal.answer(&head.method)).after(refusal.delay(head))
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}
