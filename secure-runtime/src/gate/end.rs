//! What ends a call early: the expiry of its credential or client certificate, or the refusal of one of its requests.

use std::fmt;
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use http::request::Parts;
use tokio::time::sleep;

use super::answer::{Answer, BoxFuture};
use super::request_check::RequestCheck;
use crate::authz::Denial;
use crate::connection::{Connection, Vouched};
use crate::principal::Principal;

/// What ends a call early. The request body, the handler and the response body of a call have a clone each.
///
/// A timer is started only when a clone has to wait, so a call that is answered at once costs none.
pub(super) struct CallEnd {
    expiry: Option<SystemTime>,
    check: Option<RequestCheck>,
    waiting: Option<BoxFuture<Denial>>,
}

impl CallEnd {
    /// Nothing ends the call early.
    pub(super) const NEVER: Self = Self { expiry: None, check: None, waiting: None };

    /// The call ends when the credential of `principal` expires, or the client certificate of the connection; and when
    /// `check` refuses a request.
    pub(super) fn new(head: &Parts, principal: Option<&Principal>, check: Option<RequestCheck>) -> Self {
        let connection = Vouched::connection(&head.extensions).and_then(Connection::expiry);
        let expiry = principal.and_then(Principal::expiry).into_iter().chain(connection).min();
        Self { expiry, check, waiting: None }
    }

    /// The answer of a handler, or the refusal that came before it. The handler is dropped then.
    pub(super) async fn bound(mut self, answer: impl Future<Output = Answer>) -> Result<Answer, Denial> {
        let mut answer = pin!(answer);
        poll_fn(|context| match answer.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(self.reached().map_or(Ok(answer), Err)),
            Poll::Pending => self.poll_reached(context).map(Err),
        })
        .await
    }

    /// The refusal, if it is time. Compares with the wall clock, which goes on while the machine is suspended.
    pub(super) fn reached(&self) -> Option<Denial> {
        let refused = self.check.as_ref().and_then(RequestCheck::denial);
        refused.or_else(|| self.expiry.filter(|end| *end <= SystemTime::now()).map(|_| Denial::CredentialExpired))
    }

    /// Resolves when it is time.
    pub(super) fn poll_reached(&mut self, context: &mut Context<'_>) -> Poll<Denial> {
        if self.expiry.is_none() && self.check.is_none() {
            return Poll::Pending;
        }
        if let Some(denial) = self.reached() {
            return Poll::Ready(denial);
        }
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(wait(self.expiry, self.check.clone())));
        waiting.as_mut().poll(context)
    }
}

async fn wait(expiry: Option<SystemTime>, check: Option<RequestCheck>) -> Denial {
    tokio::select! {
        denial = expired(expiry) => denial,
        denial = refused(check) => denial,
    }
}

async fn expired(expiry: Option<SystemTime>) -> Denial {
    let Some(end) = expiry else { return pending().await };
    while let Some(left) = end.duration_since(SystemTime::now()).ok().filter(|left| !left.is_zero()) {
        // Timers stand still while the machine is suspended, and the wall clock may be set.
        sleep(left.min(CLOCK_CHECK_INTERVAL)).await;
    }
    Denial::CredentialExpired
}

async fn refused(check: Option<RequestCheck>) -> Denial {
    match check {
        Some(check) => check.refusal().await,
        None => pending().await,
    }
}

/// A clone waits for itself.
impl Clone for CallEnd {
    fn clone(&self) -> Self {
        Self { expiry: self.expiry, check: self.check.clone(), waiting: None }
    }
}

impl fmt::Debug for CallEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallEnd").field("expiry", &self.expiry).finish_non_exhaustive()
    }
}

/// How often a call that waits compares its expiry with the wall clock.
const CLOCK_CHECK_INTERVAL: Duration = Duration::from_secs(30);
