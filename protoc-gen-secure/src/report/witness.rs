//! The smallest caller that one rule admits and another refuses.
//!
//! Every condition of a rule is monotone: an admitted caller is still admitted with more roles, scopes or credentials.
//! So it is enough to look at the minimal callers of `new`, with each of the actors that it allows. If `new` admits a
//! caller that `old` refuses, one of the minimal callers is such a caller. They are enumerated, and each is decided.
//! Roles that both rules treat alike count as one.

use std::collections::{BTreeMap, BTreeSet};

use super::caller::{Caller, Fact, Principal, decide, demands_certificate, takes_actor, takes_peer};
use crate::manifest::{Access, Credential, Rule};

/// The smallest caller that `new` admits and `old` refuses. `None` if there is no such caller.
///
/// `weight` is the sensitivity of a role. Of two roles that are enough, the one with less weight is used.
pub(crate) fn witness(old: &Rule, new: &Rule, weight: &dyn Fn(&str) -> usize) -> Option<Caller> {
    if old == new {
        return None;
    }
    let is_new = |caller: &Caller| decide(new, caller).is_ok() && decide(old, caller).is_err();
    match &new.access {
        Access::Denied => None,
        Access::Anonymous | Access::AnyRole(_) | Access::Authenticated | Access::Public => {
            let minimal = Minimal { old, new, weight };
            minimal.callers().into_iter().filter(is_new).min_by_key(|caller| Size::of(caller, weight))
        }
    }
}

/// True if a holder of the role may call under `new` who could not under `old`.
pub(crate) fn gains(role: &str, old: &Rule, new: &Rule) -> bool {
    let is_new = |caller: &Caller| decide(new, caller).is_ok() && decide(old, caller).is_err();
    // Conditions are monotone, so the smallest callers are enough, with the role added.
    Minimal { old, new, weight: &|_| 0 }.callers().into_iter().any(|mut caller| {
        caller.principal.iter_mut().for_each(|principal| {
            principal.roles.insert(role.to_owned());
        });
        is_new(&caller)
    })
}

/// The size of a caller, for the search of the smallest one. The most important number comes first. The names make the order
/// total.
#[derive(Default, Eq, Ord, PartialEq, PartialOrd)]
struct Size {
    roles: usize,
    weight: usize,
    has_actor: bool,
    has_certificate: bool,
    has_no_token: bool,
    equalities: usize,
    names: Vec<String>,
}

impl Size {
    fn of(caller: &Caller, weight: &dyn Fn(&str) -> usize) -> Self {
        let Some(principal) = &caller.principal else { return Self::default() };
        let Principal { proven_by, roles, scopes: _, actor, facts } = principal;
        Self {
            roles: roles.len(),
            weight: roles.iter().map(|role| weight(role)).sum(),
            has_actor: actor.is_some(),
            has_certificate: caller.certificate.is_some(),
            has_no_token: !proven_by.is_some_and(Credential::is_token),
            equalities: facts.len(),
            names: roles.iter().chain(&caller.certificate).chain(actor).cloned().collect(),
        }
    }
}

/// The minimal callers of `new`, as far as `old` tells them apart.
struct Minimal<'a> {
    old: &'a Rule,
    new: &'a Rule,
    weight: &'a dyn Fn(&str) -> usize,
}

impl Minimal<'_> {
    fn callers(&self) -> Vec<Caller> {
        let mut callers = vec![Caller::default()];
        for (proven_by, certificate) in self.proofs() {
            let actors = if proven_by.is_token() { self.actors() } else { vec![None] };
            for (roles, facts) in self.holdings() {
                let scopes = self.new.scopes.clone();
                let principal = Principal { proven_by: Some(proven_by), roles, scopes, facts, actor: None };
                let acted = actors.iter().map(|actor| Principal { actor: actor.clone(), ..principal.clone() });
                callers.extend(acted.map(|it| Caller {
                    certificate: certificate.clone(),
                    principal: Some(it),
                    ..Caller::default()
                }));
            }
        }
        callers
    }

    /// Nobody, and of each of the actors that `new` takes one, which `old` does not take if there is such an actor.
    fn actors(&self) -> Vec<Option<String>> {
        let fresh = |start: &str| {
            let of_old = self.old.delegation.as_ref().map_or(0, |it| it.actors.len());
            let mut names = (0..=of_old).map(|index| format!("{start}{index}"));
            names.find(|name| !takes_actor(self.old, Some(name))).unwrap_or_else(|| format!("{start}0"))
        };
        let any = || vec![fresh("https://id.example.com#actor")];
        let actors = match &self.new.delegation {
            _ if self.new.access == Access::Anonymous => any(),
            None => Vec::new(),
            Some(delegation) if delegation.actors.is_empty() => any(),
            Some(delegation) => {
                let below = |name: &str| fresh(&format!("{name}actor"));
                let name = |it: &String| it.strip_suffix("**").map_or_else(|| it.clone(), below);
                delegation.actors.iter().map(name).collect()
            }
        };
        [None].into_iter().chain(actors.into_iter().map(Some)).collect()
    }

    /// A token alone or beside a certificate, or a certificate alone. A token is bound only if it has to be.
    fn proofs(&self) -> Vec<(Credential, Option<String>)> {
        let names = self.names();
        let with = |proof: Credential| names.iter().map(move |name| (proof, Some(name.clone())));
        let is_bound = self.new.credentials.contains(&Credential::BoundJwt);
        let token = if is_bound { Credential::BoundJwt } else { Credential::Jwt };
        let mut proofs = match demands_certificate(self.new) {
            true => with(token).collect(),
            false => vec![(token, None)],
        };
        if !self.new.demands_token() {
            proofs.extend(with(Credential::Mtls));
        }
        proofs
    }

    /// Names of certificates that `new` takes: of each of its peers one, which `old` does not take if there is such a name.
    fn names(&self) -> Vec<String> {
        let below = |prefix: &str| self.fresh(|index| format!("{prefix}client{index}"));
        match self.new.peers.is_empty() {
            true => vec![self.fresh(|index| format!("client{index}.example"))],
            false => {
                let name = |peer: &String| peer.strip_suffix("**").map_or_else(|| peer.clone(), below);
                self.new.peers.iter().map(name).collect()
            }
        }
    }

    /// A rule names finitely many peers, so one of so many names is not among them, or all of them are covered.
    fn fresh(&self, name: impl Fn(String) -> String) -> String {
        let numbers =
            (0..=self.old.peers.len()).map(|index| if index == 0 { String::new() } else { index.to_string() });
        let mut names = numbers.map(&name);
        let is_refused = |name: &String| self.old.peers.is_empty() || !takes_peer(self.old, [name]);
        names.find(is_refused).unwrap_or_else(|| name(String::new()))
    }

    /// Each minimal set of roles with the equalities that it needs: a tenant and an owner are named, or the caller is exempt.
    fn holdings(&self) -> Vec<(BTreeSet<String>, BTreeSet<Fact>)> {
        let access = match &self.new.access {
            Access::AnyRole(roles) => self.classes(roles).into_iter().map(|role| (Some(role), None)).collect(),
            Access::Anonymous | Access::Authenticated | Access::Denied | Access::Public => vec![(None, None)],
        };
        let tenant = self.new.tenant.as_ref().map(|it| self.ways(&it.exempt_roles, Fact::of_tenant(it)));
        let owner = self.new.owner.as_ref().map(|it| self.ways(&it.exempt_roles, Fact::of_owner(it)));
        let mut holdings = vec![(BTreeSet::new(), BTreeSet::new())];
        for ways in [Some(access), tenant, owner].into_iter().flatten() {
            holdings = holdings.iter().flat_map(|holding| ways.iter().map(|way| with(holding, way))).collect();
        }
        holdings
    }

    fn ways(&self, exempt: &BTreeSet<String>, fact: Fact) -> Vec<Way> {
        let exempt = self.classes(exempt).into_iter().map(|role| (Some(role), None));
        [(None, Some(fact))].into_iter().chain(exempt).collect()
    }

    /// Of the roles that neither rule tells apart, the lightest.
    fn classes(&self, roles: &BTreeSet<String>) -> Vec<String> {
        let mut classes = BTreeMap::<Vec<bool>, &String>::new();
        for role in roles {
            let kept = classes.entry(self.class(role)).or_insert(role);
            if ((self.weight)(role), role) < ((self.weight)(kept), *kept) {
                *kept = role;
            }
        }
        classes.into_values().cloned().collect()
    }

    /// Which lists of both rules a role is in.
    fn class(&self, role: &str) -> Vec<bool> {
        [self.old, self.new]
            .into_iter()
            .flat_map(|rule| lists(rule).map(|list| list.is_some_and(|it| it.contains(role))))
            .collect()
    }
}

/// A role to hold, or an equality that must be.
type Way = (Option<String>, Option<Fact>);

fn with(holding: &(BTreeSet<String>, BTreeSet<Fact>), way: &Way) -> (BTreeSet<String>, BTreeSet<Fact>) {
    let (mut roles, mut facts) = holding.clone();
    roles.extend(way.0.clone());
    facts.extend(way.1.clone());
    (roles, facts)
}

/// The lists of roles of a rule.
fn lists(rule: &Rule) -> [Option<&BTreeSet<String>>; 3] {
    let access = match &rule.access {
        Access::AnyRole(roles) => Some(roles),
        Access::Anonymous | Access::Authenticated | Access::Denied | Access::Public => None,
    };
    [access, rule.tenant.as_ref().map(|it| &it.exempt_roles), rule.owner.as_ref().map(|it| &it.exempt_roles)]
}

#[cfg(test)]
mod tests;
