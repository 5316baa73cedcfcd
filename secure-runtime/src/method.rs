//! The traits that generated code implements: the methods of a service, its RPCs and its roles.

use std::fmt::Debug;
use std::hash::Hash;

use crate::authz::request_condition::RequestCondition;
use crate::authz::{Denial, Rule};
use crate::principal::Principal;
use crate::request_id::RequestId;
use crate::tls::PeerCertificates;

/// The methods of a service: a generated enum.
pub trait Method: Copy + Debug + Eq + Hash + Send + Sync + 'static {
    /// The full name of the service.
    const SERVICE: &'static str;
    /// Every method, in the order of the `.proto`.
    const ALL: &'static [Self];
    /// The SHA-256 of the service's rules.
    const POLICY_DIGEST: &'static str;
    /// The entry of each method, in the order of [`ALL`](Self::ALL).
    const TABLE: &'static [Entry];
    /// The indices of [`TABLE`](Self::TABLE), sorted by path.
    const BY_PATH: &'static [usize];

    /// Its index in [`TABLE`](Self::TABLE).
    fn index(self) -> usize;

    /// The method with exactly this path.
    fn from_path(path: &str) -> Option<Self> {
        let place = Self::BY_PATH.binary_search_by(|&index| Self::TABLE[index].path.cmp(path)).ok()?;
        Some(Self::ALL[Self::BY_PATH[place]])
    }

    /// Its entry.
    fn entry(self) -> &'static Entry {
        &Self::TABLE[self.index()]
    }

    /// Its path.
    fn path(self) -> &'static str {
        self.entry().path
    }

    /// Who may call it.
    fn rule(self) -> Rule {
        self.entry().rule
    }

    /// Where its rule is written, as `file:line:column`.
    fn declared_at(self) -> &'static str {
        self.entry().declared_at
    }

    /// Whether the audit log records admitted calls of it. Refused calls are always recorded.
    fn records_admitted(self) -> bool {
        self.entry().records_admitted
    }

    /// The class of rate limits that it belongs to.
    fn rate_class(self) -> Option<&'static str> {
        self.entry().rate_class
    }

    /// The roles whose holders need not satisfy any request condition.
    fn exempt_roles(self) -> &'static [&'static str] {
        self.entry().exempt_roles
    }
}

/// What the `.proto` says about one method.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// `/shop.v1.Orders/Get`.
    pub path: &'static str,
    /// Who may call it.
    pub rule: Rule,
    /// Where the rule is written, as `file:line:column`.
    pub declared_at: &'static str,
    /// The roles whose holders need not satisfy any request condition.
    pub exempt_roles: &'static [&'static str],
    /// Whether the audit log records admitted calls.
    pub records_admitted: bool,
    /// The class of rate limits.
    pub rate_class: Option<&'static str>,
}

/// An entry without exempt roles and without a class of rate limits, whose admitted calls are recorded.
pub const fn entry(path: &'static str, rule: Rule, declared_at: &'static str) -> Entry {
    Entry { path, rule, declared_at, exempt_roles: &[], records_admitted: true, rate_class: None }
}

impl Entry {
    /// Holders of these roles need not satisfy any request condition.
    #[must_use]
    pub const fn exempt_roles(mut self, roles: &'static [&'static str]) -> Self {
        self.exempt_roles = roles;
        self
    }

    /// The audit log records refused calls only.
    #[must_use]
    pub const fn record_refusals_only(mut self) -> Self {
        self.records_admitted = false;
        self
    }

    /// The method belongs to this class of rate limits.
    #[must_use]
    pub const fn rate_class(mut self, class: &'static str) -> Self {
        self.rate_class = Some(class);
        self
    }
}

/// One RPC: a generated marker.
pub trait Rpc: Send + Sync + Sized + 'static {
    /// The methods of its service.
    type Method: Method;
    /// What its handler receives as proof.
    type Caller: FromDecision<Self>;
    /// The request message.
    type Request: prost::Message + Default + Send + 'static;
    /// The response message.
    type Response: prost::Message + Default + Send + 'static;
    /// The method.
    const METHOD: Self::Method;
    /// The request conditions of its rule. Empty unless the rule [has some](Rule::has_request_conditions).
    const REQUEST_CONDITIONS: &'static [RequestCondition<Self::Request>] = &[];
}

/// An RPC whose rule has no request conditions.
#[diagnostic::on_unimplemented(
    message = "the rule of `{Self}` has request conditions",
    label = "who may call depends on the request",
    note = "ask with the request that is meant: `caller.admit_with::<{Self}>(&request)?`"
)]
pub trait WithoutRequestConditions: Rpc {}

/// A role: a generated marker.
pub trait Role: 'static {
    /// The roles whose holders hold it: itself, as in the `.proto`, then those that include it.
    const HELD_BY: &'static [&'static str];
}

/// Every caller that the rule of the implementing RPC admits holds `Role`.
#[diagnostic::on_unimplemented(
    message = "the rule of `{Self}` does not imply the role `{Role}`",
    label = "no proof of `{Role}`",
    note = "ask the caller with `caller.holding::<{Role}>()?`, or require that role alone in the .proto"
)]
pub trait Implies<Role> {}

/// What a handler of `R` receives: `Caller<R>`, `Option<Caller<R>>` where the rule is `public`, or
/// [`Anonymous`](crate::Anonymous) where it also ignores credentials.
pub trait FromDecision<R>: sealed::Sealed + Send + Sized {
    /// Evaluates the rule. If it admits the caller, returns the argument of the handler.
    #[doc(hidden)]
    fn decided(candidate: Candidate) -> Result<Self, Denial>;
}

/// What was found out about who calls, on its way to the decision. Only this crate makes one.
#[derive(Debug)]
#[expect(unnameable_types, reason = "sealed: nobody else asks for decisions")]
pub struct Candidate {
    pub(crate) principal: Option<Principal>,
    pub(crate) peer: Option<PeerCertificates>,
    pub(crate) request_id: RequestId,
    /// Whether it is let through although its rule refuses it.
    pub(crate) passes: bool,
}

pub(crate) mod sealed {
    #[expect(unnameable_types, reason = "sealed: nobody else makes callers")]
    pub trait Sealed {}
}
