//! How often a caller may call.

use std::fmt;

use super::{CallPolicy, PolicyAnswer, PolicyRefusal, RuledCall};
use crate::connection::Connection;
use crate::network::network;
use crate::principal::{Principal, PrincipalId};
use crate::rate::{Counters, Rate};

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
    counters: Counters,
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
        Self { key, by_method: false, methods: None, class: None, counters: Counters::new(rate) }
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

    /// Who shares a counter, and the method if it has its own.
    fn key<'a>(&self, call: &RuledCall<'a>) -> (Who<'a>, Option<&'static str>) {
        let who = match (self.key, call.principal.map(Principal::id)) {
            (Key::Principal, Some(id)) => Who::Principal(id),
            (Key::Issuer, Some(id)) => Who::Issuer(id.issuer()),
            (_, None) => {
                Who::Address(call.connection.and_then(Connection::remote_addr).map(|address| network(address.ip())))
            }
        };
        (who, self.by_method.then_some(call.method))
    }
}

/// Who shares a counter.
#[derive(Hash)]
enum Who<'a> {
    Address(Option<u64>),
    Issuer(&'a str),
    Principal(&'a PrincipalId),
}

impl CallPolicy for RateLimit {
    fn has_rate_of(&self, class: &str) -> bool {
        self.class.as_deref() == Some(class)
    }

    fn check(&self, call: &RuledCall<'_>) -> PolicyAnswer {
        if !self.counts(call) {
            return PolicyAnswer::admit();
        }
        match self.counters.count(self.key(call)) {
            Ok(()) => PolicyAnswer::admit(),
            Err(wait) => PolicyRefusal::exhausted("rate_limited", Some(wait)).into(),
        }
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit").field("key", &self.key).field("methods", &self.methods).finish_non_exhaustive()
    }
}
