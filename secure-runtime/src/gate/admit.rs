//! Authenticate, decide, audit: the same for every call.

use std::fmt;
use std::sync::{Arc, Once};

use http::request::Parts;
use http::{HeaderValue, header};

use super::call::Answer;
use super::request;
use super::service::{BoxFuture, ResponseFuture};
use crate::audit::{AuditEvent, AuditLogger, RequestId, TracingLogger};
use crate::authn::{Authentication, Authenticator, CallHead, Rejection};
use crate::authz::{self, Access, Decision, Denial};
use crate::codegen::Method;
use crate::connection::{Connection, Vouched};
use crate::principal::Principal;
use crate::status;

/// What stands in front of every handler: an authenticator, and a log of every decision. Cloning is cheap.
///
/// ```
/// # use secure_runtime::{Authentication, CallHead, Gate, audit::JsonLines};
/// # let tokens = |_: &CallHead<'_>| Authentication::anonymous();
/// let gate = Gate::new(tokens).audit(JsonLines::stdout());
/// ```
#[derive(Clone)]
pub struct Gate {
    authenticator: Arc<dyn Authenticator>,
    audit: Arc<dyn AuditLogger>,
    warned: Arc<Once>,
}

impl Gate {
    /// A gate that asks `authenticator`, and tells [`tracing`] what it decided.
    pub fn new(authenticator: impl Authenticator) -> Self {
        Self {
            authenticator: Arc::new(authenticator),
            audit: Arc::new(TracingLogger::new()),
            warned: Arc::new(Once::new()),
        }
    }

    /// Replaces the log of decisions.
    #[must_use]
    pub fn audit(self, audit: impl AuditLogger) -> Self {
        Self { audit: Arc::new(audit), ..self }
    }

    /// Answers a request: refuses it, or hands its head and its principal to `next`.
    pub(super) fn answer<F>(&self, mut head: Parts, rule: Rule, next: F) -> ResponseFuture
    where
        F: FnOnce(Parts, Option<Principal>) -> BoxFuture<Answer> + Send + 'static,
    {
        if let Err(denial) = request::check(&head) {
            return self.refuse(&head, None, denial, None);
        }
        match self.authenticate(&mut head, &rule) {
            Authentication::Ready(found) => self.conclude(head, &rule, found, next),
            Authentication::Pending(found) => {
                let gate = self.clone();
                ResponseFuture::running(Box::pin(async move {
                    let unproven = Unproven { gate: &gate, head: &head, rule: &rule };
                    let found = found.await;
                    std::mem::forget(unproven);
                    let Ok(answer) = gate.conclude(head, &rule, found, next).await;
                    answer
                }))
            }
        }
    }

    /// Refuses a request for a method that the service does not have.
    pub(super) fn answer_unknown(&self, head: &Parts) -> ResponseFuture {
        let denial = request::check(head).err().unwrap_or(Denial::UnknownMethod);
        self.refuse(head, None, denial, None)
    }

    fn authenticate(&self, head: &mut Parts, rule: &Rule) -> Authentication {
        let credentials = head.headers.get_all(header::AUTHORIZATION).iter().count();
        if credentials > 1 {
            return Rejection::rejected("more than one authorization header").into();
        }
        if let Some(credential) = head.headers.get_mut(header::AUTHORIZATION) {
            credential.set_sensitive(true);
        }
        match Vouched::connection(&head.extensions) {
            // A handshake proves a certificate once (RFC 8446, section 4.4.2); a connection may outlive it.
            Some(connection) if connection.has_expired() => {
                Rejection::expired("the client certificate has expired").into()
            }
            Some(connection) => {
                self.authenticator.authenticate(&CallHead::new(head.uri.path(), &head.headers, connection))
            }
            None => self.without_connection(credentials, rule),
        }
    }

    /// A request that did not come through this crate's server may have crossed the network in plaintext.
    fn without_connection(&self, credentials: usize, rule: &Rule) -> Authentication {
        if credentials == 0 && rule.access == Access::Public {
            return Authentication::anonymous();
        }
        self.warned.call_once(|| {
            tracing::warn!(
                method = rule.method,
                "protected methods refuse every call, because this service is mounted on a server that cannot vouch \
                 for its connections: serve it with `secure_runtime::Server`"
            );
        });
        Rejection::rejected("the connection is not one of secure_runtime::Server").into()
    }

    fn conclude<F>(
        &self,
        mut head: Parts,
        rule: &Rule,
        found: Result<Option<Principal>, Rejection>,
        next: F,
    ) -> ResponseFuture
    where
        F: FnOnce(Parts, Option<Principal>) -> BoxFuture<Answer>,
    {
        let principal = match found {
            Ok(principal) => principal,
            Err(rejection) => return self.refuse(&head, Some(rule), rejection.denial(), Some(rejection.reason())),
        };
        let decision = match &principal {
            Some(principal) if principal.has_expired() => Decision::Deny(Denial::CredentialExpired),
            principal => authz::decide(rule.access, principal.as_ref()),
        };
        self.record(&head, Some(rule), principal.as_ref(), decision, None);
        match decision {
            Decision::Allow => {
                head.headers.remove(header::AUTHORIZATION);
                ResponseFuture::running(next(head, principal))
            }
            Decision::Deny(denial) => ResponseFuture::refused(status::refusal(denial, &head.method)),
        }
    }

    fn refuse(
        &self,
        head: &Parts,
        rule: Option<&Rule>,
        denial: Denial,
        reason: Option<&'static str>,
    ) -> ResponseFuture {
        self.record(head, rule, None, Decision::Deny(denial), reason);
        ResponseFuture::refused(status::refusal(denial, &head.method))
    }

    fn record(
        &self,
        head: &Parts,
        rule: Option<&Rule>,
        principal: Option<&Principal>,
        decision: Decision,
        reason: Option<&'static str>,
    ) {
        self.audit.log(&AuditEvent {
            method: rule.map_or("_OTHER", |rule| rule.method),
            declared_at: rule.and_then(|rule| rule.declared_at),
            policy_digest: rule.and_then(|rule| rule.policy_digest),
            principal: principal.map(Principal::id),
            decision,
            reason,
            peer: Vouched::connection(&head.extensions).and_then(Connection::remote_addr),
            request_id: RequestId::next(),
            client_request_id: head.headers.get("x-request-id").map(HeaderValue::as_bytes),
        });
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

/// A call whose caller is being proven. A client that does not wait for the answer leaves an event all the same.
struct Unproven<'a> {
    gate: &'a Gate,
    head: &'a Parts,
    rule: &'a Rule,
}

impl Drop for Unproven<'_> {
    fn drop(&mut self) {
        let Self { gate, head, rule } = self;
        gate.record(head, Some(rule), None, Decision::Deny(Denial::Cancelled), None);
    }
}

/// What the gate needs to know of the method that is called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    method: &'static str,
    access: Access,
    declared_at: Option<&'static str>,
    policy_digest: Option<&'static str>,
}

impl Rule {
    /// A row of a generated table.
    pub(super) fn of<M: Method>(method: M) -> Self {
        Self {
            method: method.path(),
            access: method.access(),
            declared_at: Some(method.declared_at()),
            policy_digest: Some(M::POLICY_DIGEST),
        }
    }

    /// One rule for a whole service without a table.
    pub(super) const fn for_service(name: &'static str, access: Access) -> Self {
        Self { method: name, access, declared_at: None, policy_digest: None }
    }
}
