//! What the counts say about the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::{Serialize, Serializer};

use super::tally::{Principals, Seen, Tally};
use crate::manifest::{Access, Audit, Manifest, Rule};

/// What an audit log shows of a policy's use.
#[derive(Debug, Serialize)]
pub(crate) struct Usage {
    pub(super) window: Window,
    pub(super) coverage: Coverage,
    /// Methods without an admitted call.
    pub(super) methods_not_called: Vec<String>,
    /// Methods whose admitted calls the log does not have (`audit: AUDIT_DENY`), so nothing is known of them.
    pub(super) methods_not_recorded: Vec<String>,
    pub(super) methods: BTreeMap<String, MethodUse>,
    /// Roles that no admitted call can have needed: no method that they open was called.
    pub(super) roles_not_needed: Vec<String>,
    /// Principals that may call more than they call, those with the most unused methods first.
    pub(super) principals_with_more: Vec<PrincipalUse>,
    /// The most frequent first.
    pub(super) refusals: Vec<Refusals>,
}

/// The times of the first and the last line.
#[derive(Debug, Serialize)]
pub(super) struct Window {
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

/// How much of the calls in the window the log shows.
#[derive(Debug, Serialize)]
pub(super) struct Coverage {
    /// True if no line is known to be missing, and the log has admitted calls.
    pub(super) is_complete: bool,
    #[serde(flatten)]
    pub(super) seen: Seen,
}

/// The calls of a method.
#[derive(Debug, Serialize)]
pub(super) struct MethodUse {
    pub(super) admitted: u64,
    pub(super) passed_by_report_only: u64,
    pub(super) refused: u64,
}

/// What a principal calls, and what else it may certainly call.
#[derive(Debug, Serialize)]
pub(super) struct PrincipalUse {
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) admitted: u64,
    /// Principals that call the same methods share it: there can be many.
    #[serde(flatten, serialize_with = "shared")]
    pub(super) methods: Rc<PrincipalMethods>,
}

fn shared<S: Serializer>(methods: &Rc<PrincipalMethods>, serializer: S) -> Result<S::Ok, S::Error> {
    methods.as_ref().serialize(serializer)
}

/// The methods that a principal calls and those that it does not call.
#[derive(Debug, Serialize)]
pub(super) struct PrincipalMethods {
    pub(super) called: Vec<String>,
    /// Methods whose rules admit every caller of a method that it called. Request conditions are not
    /// considered.
    pub(super) not_called: Vec<String>,
}

/// The refusals with one reason.
#[derive(Debug, Serialize)]
pub(super) struct Refusals {
    pub(super) reason: String,
    pub(super) calls: u64,
    pub(super) methods: BTreeMap<String, u64>,
}

impl Usage {
    pub(crate) fn new(manifest: &Manifest, tally: Tally) -> Self {
        let rules = manifest.services.values().flat_map(|service| service.methods.values()).collect::<Vec<_>>();
        let is_recorded = |index: usize| rules[index].audit != Some(Audit::Deny);
        let names = |keep: &dyn Fn(usize) -> bool| {
            (0..rules.len()).filter(|index| keep(*index)).map(|index| tally.methods[index].clone()).collect()
        };
        let seen = &tally.seen;
        let is_complete =
            [seen.dropped, seen.unreadable, seen.of_principals_not_counted] == [0; 3] && seen.admitted > 0;
        let rule = |index: usize| &rules[index].rule;
        Self {
            methods_not_called: names(&|index| tally.calls[index].admitted == 0 && is_recorded(index)),
            methods_not_recorded: names(&|index| !is_recorded(index)),
            methods: methods(&tally),
            roles_not_needed: roles_not_needed(manifest, |index| {
                tally.calls[index].admitted > 0 || !is_recorded(index)
            }),
            refusals: refusals(&tally),
            principals_with_more: principals(tally.principals, |called| {
                let proves = |index: usize| called.iter().any(|called| implies(rule(*called), rule(index)));
                let is_unused = |index: &usize| !called.contains(index) && is_recorded(*index);
                let unused = (0..rules.len()).filter(|index| is_unused(index) && proves(*index));
                let name = |index: usize| tally.methods[index].clone();
                PrincipalMethods {
                    called: called.iter().copied().map(name).collect(),
                    not_called: unused.map(name).collect(),
                }
            }),
            window: Window { from: seen.from.clone(), to: seen.to.clone() },
            coverage: Coverage { is_complete, seen: tally.seen },
        }
    }
}

fn methods(tally: &Tally) -> BTreeMap<String, MethodUse> {
    let uses = tally.methods.iter().zip(&tally.calls).map(|(name, calls)| {
        let counted =
            MethodUse { admitted: calls.admitted, passed_by_report_only: calls.passed, refused: calls.refused };
        (name.clone(), counted)
    });
    uses.collect()
}

/// Roles that open no method which may have been called. Roles of a vocabulary that no rule names are among them.
fn roles_not_needed(manifest: &Manifest, may_be_called: impl Fn(usize) -> bool) -> Vec<String> {
    let mut roles = manifest.vocabularies.values().flat_map(|it| it.roles.keys()).collect::<BTreeSet<_>>();
    let mut needed = BTreeSet::new();
    let methods = manifest.services.values().flat_map(|service| service.methods.values());
    for (index, method) in methods.enumerate() {
        let Rule { access, tenant, owner, .. } = &method.rule;
        let exempt = tenant.iter().flat_map(|it| &it.exempt_roles).chain(owner.iter().flat_map(|it| &it.exempt_roles));
        let required = match access {
            Access::AnyRole(required) => Some(required),
            _ => None,
        };
        let opening = required.into_iter().flatten().chain(exempt).collect::<Vec<_>>();
        roles.extend(&opening);
        if may_be_called(index) {
            needed.extend(opening);
        }
    }
    roles.difference(&needed).map(ToString::to_string).collect()
}

/// The principals with unused methods. `methods` is asked once for each set of methods that principals call.
fn principals(principals: Principals, methods: impl Fn(&BTreeSet<usize>) -> PrincipalMethods) -> Vec<PrincipalUse> {
    let mut known = BTreeMap::new();
    let uses = principals.into_iter().filter_map(|((issuer, subject), principal)| {
        let called = principal.methods;
        let methods = match known.get(&called) {
            Some(methods) => Rc::clone(methods),
            None => {
                let methods = Rc::new(methods(&called));
                known.insert(called, Rc::clone(&methods));
                methods
            }
        };
        let has_more = !methods.not_called.is_empty();
        has_more.then_some(PrincipalUse { issuer, subject, admitted: principal.admitted, methods })
    });
    let mut uses = uses.collect::<Vec<_>>();
    uses.sort_by_key(|principal| std::cmp::Reverse(principal.methods.not_called.len()));
    uses
}

/// Whether `other` certainly admits every caller of the rule `called`, and requires more than an authenticated caller.
fn implies(called: &Rule, other: &Rule) -> bool {
    let has_roles = match (&called.access, &other.access) {
        (Access::AnyRole(called), Access::AnyRole(other)) => called.is_subset(other),
        _ => false,
    };
    let is_peer = other.peers.is_empty() || (!called.peers.is_empty() && called.peers.is_subset(&other.peers));
    // The log does not say whether a caller came with a delegated token.
    let may_be_delegated = match (&called.delegation, &other.delegation) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(called), Some(other)) => {
            other.actors.is_empty() || (!called.actors.is_empty() && called.actors.is_subset(&other.actors))
        }
    };
    has_roles
        && is_peer
        && may_be_delegated
        && other.scopes.is_subset(&called.scopes)
        && other.credentials.is_subset(&called.credentials)
}

fn refusals(tally: &Tally) -> Vec<Refusals> {
    let counted = tally.refusals.iter().map(|(reason, methods)| Refusals {
        reason: reason.clone(),
        calls: methods.values().fold(0, |sum, calls| sum.saturating_add(*calls)),
        methods: methods.iter().map(|(index, calls)| (tally.methods[*index].clone(), *calls)).collect(),
    });
    let mut counted = counted.collect::<Vec<_>>();
    counted.sort_by_key(|refusals| std::cmp::Reverse(refusals.calls));
    counted
}
