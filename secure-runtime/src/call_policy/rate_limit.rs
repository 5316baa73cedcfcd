//! How often a caller may call.

use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

use super::{CallPolicy, PolicyAnswer, PolicyRefusal, RuledCall};
use crate::connection::Connection;
use crate::principal::Principal;

/// A rate of calls, with a burst.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate(Quota);

impl Rate {
    /// So many calls in each second, and as many at once.
    pub const fn per_second(calls: NonZeroU32) -> Self {
        Self(Quota::per_second(calls))
    }

    /// So many calls in each minute, and as many at once.
    pub const fn per_minute(calls: NonZeroU32) -> Self {
        Self(Quota::per_minute(calls))
    }

    /// So many calls in each hour, and as many at once.
    pub const fn per_hour(calls: NonZeroU32) -> Self {
        Self(Quota::per_hour(calls))
    }

    /// How many calls may come at once.
    #[must_use]
    pub const fn burst(self, calls: NonZeroU32) -> Self {
        Self(self.0.allow_burst(calls))
    }
}

/// Refuses calls over a [`Rate`] with RESOURCE_EXHAUSTED, and says when to try again. The audit log has the reason
/// `rate_limited`.
///
/// It counts calls that their rules admit. Each anonymous caller of a public method is counted by its IP address, or by
/// the first 64 bits of it for IPv6. Counters are in this process only: two replicas admit twice the rate.
///
/// ```
/// use std::num::NonZeroU32;
/// use secure_runtime::call_policy::{Rate, RateLimit};
/// # use secure_runtime::{Authentication, CallHead, Gate};
/// # let tokens = |_: &CallHead<'_>| Authentication::anonymous();
///
/// const SEARCHES: NonZeroU32 = NonZeroU32::new(5).unwrap();
/// const CALLS: NonZeroU32 = NonZeroU32::new(100).unwrap();
/// let gate = Gate::new(tokens)
///     .call_policy(RateLimit::per_principal(Rate::per_second(CALLS)))
///     .call_policy(RateLimit::per_principal(Rate::per_minute(SEARCHES)).methods(["/shop.v1.Orders/Search"]));
/// ```
pub struct RateLimit {
    key: Key,
    by_method: bool,
    methods: Option<Vec<String>>,
    class: Option<String>,
    limiter: DefaultKeyedRateLimiter<u64>,
    clock: DefaultClock,
    /// Keyed, so that nobody can choose a name that shares another caller's counter.
    hashes: foldhash::quality::RandomState,
    checks: AtomicU32,
}

/// Which callers share a counter.
#[derive(Clone, Copy, Debug)]
enum Key {
    Issuer,
    Principal,
}

impl RateLimit {
    /// Each principal has a counter.
    pub fn per_principal(rate: Rate) -> Self {
        Self::new(rate, Key::Principal)
    }

    /// All principals of an issuer share a counter.
    pub fn per_issuer(rate: Rate) -> Self {
        Self::new(rate, Key::Issuer)
    }

    fn new(rate: Rate, key: Key) -> Self {
        Self {
            key,
            by_method: false,
            methods: None,
            class: None,
            limiter: DefaultKeyedRateLimiter::dashmap(rate.0),
            clock: DefaultClock::default(),
            hashes: foldhash::quality::RandomState::default(),
            checks: AtomicU32::new(0),
        }
    }

    /// Counts each method by itself. Default: calls of all methods count together.
    #[must_use]
    pub fn each_method(self) -> Self {
        Self { by_method: true, ..self }
    }

    /// Counts calls of these methods only, by their paths. Default: calls of all methods.
    #[must_use]
    pub fn methods(self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { methods: Some(paths.into_iter().map(Into::into).collect()), ..self }
    }

    /// A rate for each principal, of all methods whose `rate_class` in the `.proto` is `name`. They count together.
    ///
    /// A server does not start if its methods name a class that its gate has no rate for.
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use secure_runtime::call_policy::{Rate, RateLimit};
    ///
    /// const SEARCHES: NonZeroU32 = NonZeroU32::new(5).unwrap();
    /// let searches = RateLimit::class("search", Rate::per_minute(SEARCHES));
    /// ```
    pub fn class(name: impl Into<String>, rate: Rate) -> Self {
        Self { class: Some(name.into()), ..Self::per_principal(rate) }
    }

    fn counts(&self, call: &RuledCall<'_>) -> bool {
        let is_of_class = self.class.as_deref().is_none_or(|class| call.rate_class == Some(class));
        is_of_class && self.methods.as_ref().is_none_or(|methods| methods.iter().any(|counted| counted == call.method))
    }

    fn key(&self, call: &RuledCall<'_>) -> u64 {
        let mut key = self.hashes.build_hasher();
        match (self.key, call.principal.map(Principal::id)) {
            (Key::Principal, Some(id)) => id.hash(&mut key),
            (Key::Issuer, Some(id)) => id.issuer().hash(&mut key),
            (_, None) => call.connection.and_then(Connection::remote_addr).map(|it| network(it.ip())).hash(&mut key),
        }
        if self.by_method {
            call.method.hash(&mut key);
        }
        key.finish()
    }

    /// Forgets callers that may use their whole burst again, every so many calls.
    fn forget_idle_callers(&self) {
        if self.checks.fetch_add(1, Ordering::Relaxed).is_multiple_of(CHECKS_PER_SWEEP) {
            self.limiter.retain_recent();
        }
    }
}

/// An IPv6 client can choose the last 64 bits of its address.
fn network(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => (address.to_bits() >> 64) as u64,
    }
}

impl CallPolicy for RateLimit {
    fn has_rate_of(&self, class: &str) -> bool {
        self.class.as_deref() == Some(class)
    }

    fn check(&self, call: &RuledCall<'_>) -> PolicyAnswer {
        if !self.counts(call) {
            return PolicyAnswer::admit();
        }
        self.forget_idle_callers();
        match self.limiter.check_key(&self.key(call)) {
            Ok(()) => PolicyAnswer::admit(),
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now()).max(MIN_RETRY_DELAY);
                PolicyRefusal::exhausted("rate_limited", Some(wait)).into()
            }
        }
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit").field("key", &self.key).field("methods", &self.methods).finish_non_exhaustive()
    }
}

/// A sweep looks at every counter, so it is rare.
const CHECKS_PER_SWEEP: u32 = 65_536;

/// A client that is told to wait for no time would try again at once.
const MIN_RETRY_DELAY: Duration = Duration::from_millis(1);
