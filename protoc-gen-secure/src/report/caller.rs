//! A caller as a rule sees it, and the decision about it: that of the gate, by the same crate.

use std::collections::BTreeSet;

use secure_policy::{Actor, Condition, Facts, FieldCondition};
use serde::Serialize;

use crate::manifest::{Access, Credential, OwnerRule, Rule, TenantRule};

/// Who calls, on what connection, and whether the request names what is the caller's own.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub(crate) struct Caller {
    /// The name of the client certificate. `None` without one, or if it names nobody for certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) certificate: Option<String>,
    /// Its further DNS names. A peer is any of them.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) further_names: BTreeSet<String>,
    /// `None` for nobody.
    pub(crate) principal: Option<Principal>,
}

/// What a credential proved.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub(crate) struct Principal {
    /// What proved it. `None` for a credential that is neither a token nor a certificate.
    pub(crate) proven_by: Option<Credential>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) roles: BTreeSet<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) scopes: BTreeSet<String>,
    /// Who acts for the subject, as `ISSUER#SUBJECT`. `None` if nobody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) actor: Option<String>,
    /// The equalities that hold between the request and the caller.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) facts: BTreeSet<Fact>,
}

/// A field of the request equals something of the caller's.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fact {
    /// The field equals a claim.
    Tenant { claim: Vec<String>, field: String },
    /// The field equals the subject.
    Owner { field: String },
}

/// Decides as the gate does: about the caller, then about its request.
///
/// # Errors
///
/// Returns the first condition that failed.
pub(crate) fn decide(rule: &Rule, caller: &Caller) -> Result<(), Condition> {
    let principal = caller.principal.as_ref();
    let roles = principal.map(|it| slices(&it.roles)).unwrap_or_default();
    let scopes = principal.map(|it| slices(&it.scopes)).unwrap_or_default();
    let names = slices(caller.certificate.iter().chain(&caller.further_names));
    let facts = Facts {
        is_authenticated: principal.is_some(),
        proven_by: principal.and_then(|it| it.proven_by).map(Into::into),
        has_certificate: caller.has_certificate(),
        peer_names: &names,
        actor: principal.and_then(|it| it.actor.as_deref()).map(actor),
        roles: &roles,
        scopes: &scopes,
        ..Facts::none()
    };
    with_policy(rule, |rule| secure_policy::decide(rule, &facts))?;
    rule.tenant.as_ref().map_or(Ok(()), |tenant| decide_tenant(tenant, caller, facts))?;
    rule.owner.as_ref().map_or(Ok(()), |owner| decide_owner(owner, caller, facts))
}

/// The first `#` ends the issuer.
fn actor(name: &str) -> Actor<'_> {
    let (issuer, subject) = name.split_once('#').unwrap_or_default();
    Actor { issuer, subject }
}

/// Whether a delegated token with this actor is taken.
pub(crate) fn takes_actor(rule: &Rule, actor: Option<&str>) -> bool {
    let token = Principal { proven_by: Some(Credential::Jwt), actor: actor.map(str::to_owned), ..Principal::default() };
    let anybody = Rule { delegation: rule.delegation.clone(), ..Rule::of(Access::Authenticated) };
    decide(&anybody, &Caller { principal: Some(token), ..Caller::default() }).is_ok()
}

/// If the equality holds, the claim is [`OWN`], like the field. If not, there is no claim.
fn decide_tenant(rule: &TenantRule, caller: &Caller, facts: Facts<'_>) -> Result<(), Condition> {
    let (claim, exempt) = (slices(&rule.claim), slices(&rule.exempt_roles));
    let claims = [(claim.as_slice(), OWN)];
    let claims = if caller.has(&Fact::of_tenant(rule)) { claims.as_slice() } else { &[] };
    secure_policy::decide_field(&FieldCondition::tenant(&claim).exempt(&exempt), &Facts { claims, ..facts }, Some(OWN))
}

/// The same for the subject.
fn decide_owner(rule: &OwnerRule, caller: &Caller, facts: Facts<'_>) -> Result<(), Condition> {
    let exempt = slices(&rule.exempt_roles);
    let subject = if caller.has(&Fact::of_owner(rule)) { OWN } else { "" };
    secure_policy::decide_field(&FieldCondition::owner().exempt(&exempt), &Facts { subject, ..facts }, Some(OWN))
}

/// Whether the rule needs a client certificate.
pub(crate) fn demands_certificate(rule: &Rule) -> bool {
    with_policy(rule, |rule| rule.demands_certificate())
}

/// Whether a certificate with these names is that of one of the peers.
pub(crate) fn takes_peer<'a>(rule: &Rule, names: impl IntoIterator<Item = &'a String>) -> bool {
    let mut names = names.into_iter();
    rule.peers.is_empty() || names.any(|name| with_policy(rule, |rule| rule.is_peer(name)))
}

/// Lends a rule of the manifest as a rule of `secure_policy`. Request conditions are not in it.
fn with_policy<T>(rule: &Rule, ask: impl FnOnce(&secure_policy::Rule<'_>) -> T) -> T {
    let roles = match &rule.access {
        Access::AnyRole(roles) => slices(roles),
        Access::Anonymous | Access::Authenticated | Access::Denied | Access::Public => Vec::new(),
    };
    let access = match &rule.access {
        Access::Anonymous => secure_policy::Rule::anonymous(),
        Access::AnyRole(_) => secure_policy::Rule::any_role(&roles),
        Access::Authenticated => secure_policy::Rule::authenticated(),
        Access::Denied => secure_policy::Rule::denied(),
        Access::Public => secure_policy::Rule::public(),
    };
    let (scopes, peers) = (slices(&rule.scopes), slices(&rule.peers));
    let credentials = rule.credentials.iter().map(|credential| (*credential).into()).collect::<Vec<_>>();
    let actors = rule.delegation.as_ref().map(|it| slices(&it.actors));
    let access = actors.as_ref().map_or(access, |actors| access.allow_delegation(actors));
    ask(&access.scopes(&scopes).credentials(&credentials).peers(&peers))
}

fn slices<'a>(names: impl IntoIterator<Item = &'a String>) -> Vec<&'a str> {
    names.into_iter().map(String::as_str).collect()
}

impl From<Credential> for secure_policy::Credential {
    fn from(credential: Credential) -> Self {
        match credential {
            Credential::BoundJwt => Self::BoundJwt,
            Credential::Jwt => Self::Jwt,
            Credential::Mtls => Self::Mtls,
        }
    }
}

/// Stands for the value of a field that equals the caller's own.
const OWN: &str = "own";

impl Caller {
    /// True if there is a client certificate. One without a name is there too if the token is bound to it.
    fn has_certificate(&self) -> bool {
        let is_bound = self.principal.as_ref().is_some_and(|it| it.proven_by == Some(Credential::BoundJwt));
        self.certificate.is_some() || is_bound
    }

    fn has(&self, fact: &Fact) -> bool {
        self.principal.as_ref().is_some_and(|it| it.facts.contains(fact))
    }

    /// True if the caller is authenticated and holds one of these roles.
    pub(crate) fn holds(&self, roles: &BTreeSet<String>) -> bool {
        self.principal.as_ref().is_some_and(|it| !roles.is_disjoint(&it.roles))
    }
}

impl Fact {
    pub(crate) fn of_tenant(rule: &TenantRule) -> Self {
        Self::Tenant { claim: rule.claim.clone(), field: rule.field.clone() }
    }

    pub(crate) fn of_owner(rule: &OwnerRule) -> Self {
        Self::Owner { field: rule.field.clone() }
    }
}

#[cfg(test)]
mod tests;
