//! A limit on how many credentials are verified for one address.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderName;

use super::{Authentication, Authenticator, CallHead, Rejection};
use crate::Principal;
use crate::connection::Connection;
use crate::network::network;
use crate::rate::{Counters, Rate};
use crate::warning::RareWarning;

/// Limits how many credentials are verified for each client address, before they are verified.
///
/// A call over the [`Rate`] is refused with RESOURCE_EXHAUSTED, and is told when to try again. The audit log has the reason
/// `rate_limited_by_address`, and the log a warning with their number, at most one in 10 seconds.
///
/// It counts only calls with a credential that is not known already. A token that was verified less than a minute ago,
/// an API key that is good, and a client certificate are not counted. So known callers are not limited while another
/// client behind the same NAT sends forged tokens. Only the first call with a new token may be refused. Calls without a
/// credential are not counted either: limit them by [`RateLimit`](crate::call_policy::RateLimit).
///
/// An address is one of IPv4, or the first 64 bits of one of IPv6. Counters take at most about 32 MiB. Behind a proxy all
/// clients have one address, so do not use it there.
///
/// ```
/// use std::num::NonZeroU32;
/// use secure_runtime::Gate;
/// use secure_runtime::authn::LimitedByAddress;
/// use secure_runtime::call_policy::Rate;
/// # let tokens = |_: &secure_runtime::CallHead<'_>| secure_runtime::Authentication::anonymous();
///
/// const NEW_TOKENS: NonZeroU32 = NonZeroU32::new(50).unwrap();
/// let gate = Gate::new(LimitedByAddress::new(tokens, Rate::per_second(NEW_TOKENS)));
/// ```
#[derive(Clone)]
pub struct LimitedByAddress<A> {
    authenticator: A,
    counters: Arc<Counters>,
    warning: Arc<Mutex<RareWarning>>,
}

impl<A> LimitedByAddress<A> {
    /// Asks `authenticator`, within the rate. A rate of 50 a second costs a few milliseconds of CPU a second for each address.
    pub fn new(authenticator: A, rate: Rate) -> Self {
        let counters = Arc::new(Counters::at_most(MAX_COUNTERS, rate));
        Self { authenticator, counters, warning: Arc::default() }
    }

    fn refuse(&self, retry_after: Duration) -> Authentication {
        if let Some(refused) = self.warning.lock().unwrap_or_else(PoisonError::into_inner).event() {
            tracing::warn!(
                refused,
                "an address presents too many credentials that are not known: they are not verified"
            );
        }
        Rejection::exhausted("rate_limited_by_address", retry_after).into()
    }
}

impl<A: Authenticator> Authenticator for LimitedByAddress<A> {
    fn authenticate(&self, head: &CallHead<'_>) -> Authentication {
        if let Some(principal) = self.authenticator.recall(head) {
            return principal.into();
        }
        if !self.authenticator.is_presented(head) {
            return self.authenticator.authenticate(head);
        }
        match self.counters.count(address(head.connection())) {
            Ok(()) => self.authenticator.authenticate(head),
            Err(retry_after) => self.refuse(retry_after),
        }
    }

    fn credential_headers(&self) -> Vec<HeaderName> {
        self.authenticator.credential_headers()
    }

    fn max_credential_bytes(&self) -> usize {
        self.authenticator.max_credential_bytes()
    }

    fn is_presented(&self, head: &CallHead<'_>) -> bool {
        self.authenticator.is_presented(head)
    }

    fn recall(&self, head: &CallHead<'_>) -> Option<Principal> {
        self.authenticator.recall(head)
    }
}

/// Clients without an address share a counter.
fn address(connection: &Connection) -> Option<u64> {
    connection.remote_addr().map(|address| network(address.ip()))
}

impl<A: fmt::Debug> fmt::Debug for LimitedByAddress<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LimitedByAddress").field(&self.authenticator).finish()
    }
}

/// They take less than 32 MiB if all are in use.
const MAX_COUNTERS: u64 = 1 << 19;
