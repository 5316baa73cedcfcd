//! Brute force: every pair of rules of small spaces, every caller of small spaces, and the decision of the runtime.

use std::borrow::Cow;
use std::collections::BTreeSet;

use secure_runtime::codegen::RequestCondition;
use secure_runtime::testing::{Peer, decide, decide_request};
use secure_runtime::tls::PeerName;
use secure_runtime::{Decision, Principal, PrincipalId, authz};
use serde_json::json;

use super::super::caller::{self, Caller, Fact};
use super::witness;
use crate::manifest::{Access, Credential, DelegationRule, OwnerRule, Rule, TenantRule};

const ROLES: [&str; 5] = ["a", "b", "c", "d", "e"];

const SCOPES: [&str; 2] = ["read", "write"];

const PEERS: [&str; 2] = ["spiffe://example.org/ns/**", "spiffe://example.org/ns/cart"];

/// Every subset of a list.
fn subsets(names: &[&str]) -> Vec<BTreeSet<String>> {
    let is_in = |set: usize, index: usize| set & (1 << index) != 0;
    let subset =
        |set| names.iter().enumerate().filter(move |(index, _)| is_in(set, *index)).map(|(_, name)| (*name).to_owned());
    (0..1 << names.len()).map(|set| subset(set).collect()).collect()
}

/// A rule of the runtime, and what it says of requests.
struct Table {
    rule: authz::Rule,
    conditions: Vec<RequestCondition<Request>>,
}

/// Requests name one tenant and one owner.
struct Request;

fn tenant(_: &Request) -> Option<Cow<'_, str>> {
    Some(Cow::Borrowed("acme"))
}

fn owner(_: &Request) -> Option<Cow<'_, str>> {
    Some(Cow::Borrowed("7"))
}

fn leaked<'a>(names: impl IntoIterator<Item = &'a String>) -> &'static [&'static str] {
    names.into_iter().map(|name| &*name.clone().leak()).collect::<Vec<_>>().leak()
}

impl Table {
    fn of(rule: &Rule) -> Self {
        let Rule { access, scopes, credentials, peers, delegation, tenant: tenant_rule, owner: owner_rule } = rule;
        let table = match access {
            Access::Anonymous => authz::Rule::anonymous(),
            Access::AnyRole(roles) => authz::Rule::any_role(leaked(roles)),
            Access::Authenticated => authz::Rule::authenticated(),
            Access::Denied => authz::Rule::denied(),
            Access::Public => authz::Rule::public(),
        };
        let credentials = credentials.iter().map(|credential| match credential {
            Credential::BoundJwt => authz::Credential::BoundJwt,
            Credential::Jwt => authz::Credential::Jwt,
            Credential::Mtls => authz::Credential::Mtls,
        });
        let table =
            table.scopes(leaked(scopes)).peers(leaked(peers)).credentials(credentials.collect::<Vec<_>>().leak());
        let table = delegation.iter().fold(table, |table, it| table.allow_delegation(leaked(&it.actors)));
        let tenant = tenant_rule
            .as_ref()
            .map(|it| RequestCondition::claim(leaked(&it.claim), tenant).exempt(leaked(&it.exempt_roles)));
        let owner = owner_rule.as_ref().map(|it| RequestCondition::subject(owner).exempt(leaked(&it.exempt_roles)));
        let conditions = tenant.into_iter().chain(owner).collect::<Vec<_>>();
        Self { rule: if conditions.is_empty() { table } else { table.with_request_conditions() }, conditions }
    }

    fn admits(&self, caller: &Evidence) -> bool {
        let peer = match &caller.certificate {
            None => Peer::Absent,
            Some(None) => Peer::Unnamed,
            Some(Some(name)) => Peer::Named(name),
        };
        decide(&self.rule, caller.principal.as_ref(), peer) == Decision::Allow
            && decide_request(&self.conditions, caller.principal.as_ref(), &Request) == Decision::Allow
            || self.conditions.is_empty() && decide(&self.rule, caller.principal.as_ref(), peer) == Decision::Allow
    }
}

/// A caller as the runtime knows it.
struct Evidence {
    principal: Option<Principal>,
    certificate: Option<Option<PeerName>>,
}

impl Evidence {
    fn of(caller: &Caller) -> Self {
        let certificate = caller.certificate.as_ref().map(|name| Some(name.parse().expect("the name of a peer")));
        let principal = caller.principal.as_ref().map(|it| {
            let is_own = |fact: Fact| it.facts.contains(&fact);
            let of_tenant = |claim: &str| Fact::Tenant { claim: vec![claim.to_owned()], field: "tenant".to_owned() };
            let claim = |name: &str| if is_own(of_tenant(name)) { "acme" } else { "other" };
            let subject = if is_own(Fact::Owner { field: "owner".to_owned() }) { "7" } else { "8" };
            let claims = json!({ "x": claim("x"), "y": claim("y") });
            let principal = Principal::new("https://id.example.com", subject).roles(&it.roles).scopes(&it.scopes);
            let principal = principal.claims(claims.as_object().expect("an object").clone());
            let actor = it.actor.as_deref().and_then(|actor| actor.split_once('#'));
            let principal = principal.acted_for_by(actor.map(|(issuer, subject)| PrincipalId::new(issuer, subject)));
            match it.proven_by {
                Some(Credential::BoundJwt) => principal.proven_by(authz::Credential::BoundJwt),
                Some(Credential::Jwt) => principal.proven_by(authz::Credential::Jwt),
                Some(Credential::Mtls) => principal.proven_by(authz::Credential::Mtls),
                None => principal,
            }
        });
        Self { principal, certificate }
    }
}

/// Whom a rule admits, one bit a caller.
fn admitted(rule: &Rule, callers: &[Evidence]) -> Vec<u64> {
    let table = Table::of(rule);
    let word =
        |callers: &[Evidence]| callers.iter().rev().fold(0, |word, caller| word << 1 | u64::from(table.admits(caller)));
    callers.chunks(64).map(word).collect()
}

/// A rule with what it means.
struct Known {
    rule: Rule,
    admitted: Vec<u64>,
    table: Table,
}

impl Known {
    fn of(rule: Rule, callers: &[Evidence]) -> Self {
        Self { admitted: admitted(&rule, callers), table: Table::of(&rule), rule }
    }
}

/// Checks one pair: a witness is there exactly if brute force finds one, and the runtime confirms it.
fn check(old: &Known, new: &Known) -> bool {
    let is_widened = new.admitted.iter().zip(&old.admitted).any(|(new, old)| new & !old != 0);
    let found = witness(&old.rule, &new.rule, &|_| 0);
    assert_eq!(found.is_some(), is_widened, "{:?} -> {:?}: {found:?}", old.rule, new.rule);
    if let Some(caller) = &found {
        let evidence = Evidence::of(caller);
        assert!(new.table.admits(&evidence), "{:?} does not admit {caller:?}", new.rule);
        assert!(!old.table.admits(&evidence), "{:?} admits {caller:?}", old.rule);
    }
    is_widened
}

fn principals(
    facts: &[BTreeSet<Fact>],
    scopes: &[BTreeSet<String>],
    proofs: &[Option<Credential>],
) -> Vec<caller::Principal> {
    let mut principals = Vec::new();
    for roles in subsets(&ROLES) {
        for scopes in scopes {
            for facts in facts {
                for proven_by in proofs {
                    let (roles, scopes, facts) = (roles.clone(), scopes.clone(), facts.clone());
                    principals.push(caller::Principal { proven_by: *proven_by, roles, scopes, facts, actor: None });
                }
            }
        }
    }
    principals
}

/// Every caller that differs in something that these rules look at; each on every connection.
fn callers(principals: Vec<caller::Principal>, names: &[Option<&str>]) -> Vec<Evidence> {
    let principals = principals.into_iter().map(Some).chain([None]).collect::<Vec<_>>();
    let with = |name: &Option<&str>| {
        let certificate = name.map(str::to_owned);
        let caller = move |principal: &Option<caller::Principal>| Caller {
            certificate: certificate.clone(),
            further_names: BTreeSet::new(),
            principal: principal.clone(),
        };
        principals.iter().map(|principal| Evidence::of(&caller(principal))).collect::<Vec<_>>()
    };
    let unnamed = principals.iter().map(|principal| {
        let evidence = Evidence::of(&Caller { principal: principal.clone(), ..Caller::default() });
        Evidence { certificate: Some(None), ..evidence }
    });
    // Only this one tells a public method from one that ignores credentials.
    let delegated = caller::Principal {
        proven_by: Some(Credential::Jwt),
        actor: Some("https://id.example.com#cart".to_owned()),
        ..caller::Principal::default()
    };
    let delegated = Evidence::of(&Caller { principal: Some(delegated), ..Caller::default() });
    names.iter().flat_map(with).chain(unnamed).chain([delegated]).collect()
}

/// The rules without request conditions, for one way to say who may call.
fn narrowed(access: &Access) -> Vec<Rule> {
    if matches!(access, Access::Anonymous | Access::Denied | Access::Public) {
        return vec![Rule::of(access.clone())];
    }
    let credentials = [
        vec![],
        vec![Credential::Jwt],
        vec![Credential::Mtls],
        vec![Credential::Jwt, Credential::Mtls],
        vec![Credential::BoundJwt],
    ];
    let mut rules = Vec::new();
    for scopes in subsets(&SCOPES) {
        for credentials in &credentials {
            for peers in subsets(&PEERS) {
                let (scopes, credentials) = (scopes.clone(), credentials.iter().copied().collect());
                rules.push(Rule { scopes, credentials, peers, ..Rule::of(access.clone()) });
            }
        }
    }
    rules
}

/// Five roles: how many both rules name, the old one alone, and the new one alone. Up to the names of roles, that is every
/// pair of sets.
fn pairs_of_sets() -> Vec<(BTreeSet<String>, BTreeSet<String>)> {
    let mut pairs = Vec::new();
    for both in 0..=ROLES.len() {
        for old in 0..=ROLES.len() - both {
            for new in 0..=ROLES.len() - both - old {
                let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
                let shared = &ROLES[..both];
                let pair = (
                    set(&[shared, &ROLES[both..both + old]].concat()),
                    set(&[shared, &ROLES[both + old..both + old + new]].concat()),
                );
                pairs.push(pair);
            }
        }
    }
    pairs.retain(|(old, new)| !old.is_empty() && !new.is_empty());
    pairs
}

#[test]
fn every_pair_of_rules_about_callers_is_compared_as_the_runtime_decides() {
    let names =
        [None, Some("spiffe://example.org/ns/cart"), Some("spiffe://example.org/ns/shop"), Some("cart.example")];
    let proofs = [Some(Credential::Jwt), Some(Credential::BoundJwt), Some(Credential::Mtls), None];
    let callers = callers(principals(&[BTreeSet::new()], &subsets(&SCOPES), &proofs), &names);
    let others = [Access::Anonymous, Access::Authenticated, Access::Denied, Access::Public];
    let all = BTreeSet::from(ROLES.map(str::to_owned));
    let one = BTreeSet::from(["a".to_owned()]);
    let mut accesses =
        pairs_of_sets().into_iter().map(|(old, new)| (Access::AnyRole(old), Access::AnyRole(new))).collect::<Vec<_>>();
    for other in &others {
        accesses.extend(others.iter().map(|another| (other.clone(), another.clone())));
        for roles in [&one, &all] {
            accesses.push((other.clone(), Access::AnyRole(roles.clone())));
            accesses.push((Access::AnyRole(roles.clone()), other.clone()));
        }
    }
    let mut known = std::collections::BTreeMap::<Access, Vec<Known>>::new();
    for access in accesses.iter().flat_map(|(old, new)| [old, new]) {
        let rules = || narrowed(access).into_iter().map(|rule| Known::of(rule, &callers)).collect();
        known.entry(access.clone()).or_insert_with(rules);
    }
    let mut outcomes = [0, 0];
    for (old, new) in &accesses {
        for old in &known[old] {
            for new in &known[new] {
                outcomes[usize::from(check(old, new))] += 1;
            }
        }
    }
    assert!(outcomes[0] > 10_000 && outcomes[1] > 100_000, "{outcomes:?}");
}

/// The rules with request conditions: a tenant by either of two claims, an owner, and who is exempt.
fn with_request_conditions(access: &Access) -> Vec<Rule> {
    if matches!(access, Access::Anonymous | Access::Denied | Access::Public) {
        return vec![Rule::of(access.clone())];
    }
    let exempt = [&[][..], &["a"], &["a", "b"], &["c"]]
        .map(|names| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>());
    let tenant = |claim: &str, exempt: &BTreeSet<String>| {
        let (claim, field) = (vec![claim.to_owned()], "tenant".to_owned());
        Some(TenantRule { claim, exempt_roles: exempt.clone(), field })
    };
    let tenants =
        exempt.iter().map(|exempt| tenant("x", exempt)).chain([None, tenant("y", &exempt[0])]).collect::<Vec<_>>();
    let owner = |exempt: &BTreeSet<String>| Some(OwnerRule { exempt_roles: exempt.clone(), field: "owner".to_owned() });
    let owners = exempt.iter().map(owner).chain([None]).collect::<Vec<_>>();
    let rules = tenants.iter().flat_map(|tenant| {
        let rule = |owner: &Option<OwnerRule>| Rule {
            tenant: tenant.clone(),
            owner: owner.clone(),
            ..Rule::of(access.clone())
        };
        owners.iter().map(rule).collect::<Vec<_>>()
    });
    rules.collect()
}

#[test]
fn every_pair_of_rules_about_requests_is_compared_as_the_runtime_decides() {
    let of_tenant = |claim: &str| Fact::Tenant { claim: vec![claim.to_owned()], field: "tenant".to_owned() };
    let all = [of_tenant("x"), of_tenant("y"), Fact::Owner { field: "owner".to_owned() }];
    let facts = (0..8).map(|set| {
        all.iter().enumerate().filter(|(index, _)| set & (1 << index) != 0).map(|(_, fact)| fact.clone()).collect()
    });
    let callers =
        callers(principals(&facts.collect::<Vec<_>>(), &[BTreeSet::new()], &[Some(Credential::Jwt)]), &[None]);
    let sets = subsets(&["a", "b", "d"]).into_iter().filter(|set| !set.is_empty()).map(Access::AnyRole);
    let accesses = sets.chain([Access::Anonymous, Access::Authenticated, Access::Denied, Access::Public]);
    let known = accesses
        .flat_map(|access| with_request_conditions(&access))
        .map(|rule| Known::of(rule, &callers))
        .collect::<Vec<_>>();
    let mut outcomes = [0, 0];
    for old in &known {
        for new in &known {
            outcomes[usize::from(check(old, new))] += 1;
        }
    }
    assert!(outcomes[0] > 1_000 && outcomes[1] > 10_000, "{outcomes:?}");
}

#[test]
fn witness_has_the_least_sensitive_role() {
    let rule = |roles: &[&str]| Rule::of(Access::AnyRole(roles.iter().map(|role| (*role).to_owned()).collect()));
    let weight = |role: &str| usize::from(role == "admin");
    let found = witness(&rule(&["owner"]), &rule(&["admin", "clerk", "owner"]), &weight).expect("a witness");
    assert_eq!(found.principal.expect("a principal").roles, BTreeSet::from(["clerk".to_owned()]));
}

#[test]
fn every_pair_of_rules_about_actors_is_compared_as_the_runtime_decides() {
    const PATH: &str = "https://id.example.com#spiffe://example.org/ns/**";
    let names = ["https://id.example.com#cart", "https://id.example.com#spiffe://example.org/ns/a", PATH];
    let delegations = subsets(&names).into_iter().map(DelegationRule::allowing).map(Some).chain([None]);
    let delegations = delegations.collect::<Vec<_>>();
    let rule = |access: &Access| {
        let of = |delegation: &Option<DelegationRule>| match access {
            Access::Anonymous | Access::Denied => Rule::of(access.clone()),
            _ => Rule { delegation: delegation.clone(), ..Rule::of(access.clone()) },
        };
        delegations.iter().map(of).collect::<Vec<_>>()
    };
    let actors =
        [names[0], names[1], "https://id.example.com#spiffe://example.org/ns/b", "https://id.example.org#cart"];
    let principals = principals(&[BTreeSet::new()], &[BTreeSet::new()], &[Some(Credential::Jwt)]);
    let acted = |it: &caller::Principal| {
        let by = |actor: &str| caller::Principal { actor: Some(actor.to_owned()), ..it.clone() };
        actors.map(by).to_vec()
    };
    let acted = principals.iter().flat_map(acted).collect::<Vec<_>>();
    let callers = callers(principals.into_iter().chain(acted).collect(), &[None]);
    let one = Access::AnyRole(BTreeSet::from(["a".to_owned()]));
    let accesses = [one, Access::Anonymous, Access::Authenticated, Access::Denied, Access::Public];
    let known = accesses.iter().flat_map(rule).map(|rule| Known::of(rule, &callers)).collect::<Vec<_>>();
    let mut outcomes = [0, 0];
    for old in &known {
        for new in &known {
            outcomes[usize::from(check(old, new))] += 1;
        }
    }
    assert!(outcomes[0] > 500 && outcomes[1] > 500, "{outcomes:?}");
}
