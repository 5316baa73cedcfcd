//! A caller as a rule sees it, and the decision about it: the order of the gate, without a server.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::manifest::{Access, Credential, OwnerRule, Rule, TenantRule};

/// Who calls, on what connection, and whether the request names what is the caller's own.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub(crate) struct Caller {
    /// The name of the client certificate. `None` without one, or if it names nobody for certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) certificate: Option<String>,
    /// `None` for nobody.
    pub(crate) principal: Option<Principal>,
}

/// What a credential proved.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Principal {
    /// What proved it. `None` for a credential that is neither a token nor a certificate.
    pub(crate) proven_by: Option<Credential>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) roles: BTreeSet<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) scopes: BTreeSet<String>,
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

/// One question that a rule asks, in the order of the gate.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Condition {
    /// The method is open to somebody.
    NotDenied,
    /// The caller is proven.
    Credential,
    /// The connection has a client certificate that names somebody.
    Certificate,
    /// A token proved the caller.
    Token,
    /// The certificate is that of one of the peers.
    Peer,
    /// The token has every scope.
    Scopes,
    /// The caller holds one of the roles.
    Role,
    /// The request names the caller's tenant.
    Tenant,
    /// The request names the caller.
    Owner,
}

/// Decides as the gate does.
///
/// # Errors
///
/// Returns the first condition that does not hold.
pub(crate) fn decide(rule: &Rule, caller: &Caller) -> Result<(), Condition> {
    match (&rule.access, &caller.principal) {
        (Access::Denied, _) => Err(Condition::NotDenied),
        (Access::Public, _) => Ok(()),
        (_, None) => Err(Condition::Credential),
        (_, Some(principal)) => conditions(rule, principal, caller.certificate.as_deref()),
    }
}

fn conditions(rule: &Rule, principal: &Principal, certificate: Option<&str>) -> Result<(), Condition> {
    require(!demands_certificate(rule) || certificate.is_some(), Condition::Certificate)?;
    let is_token = principal.proven_by == Some(Credential::Jwt);
    require(!rule.credentials.contains(&Credential::Jwt) || is_token, Condition::Token)?;
    require(takes_peer(rule, certificate), Condition::Peer)?;
    require(rule.scopes.is_subset(&principal.scopes), Condition::Scopes)?;
    require(holds_role(rule, principal), Condition::Role)?;
    let tenant = rule.tenant.as_ref();
    let is_own = |fact: Fact| principal.facts.contains(&fact);
    let holds = |roles: &BTreeSet<String>| !roles.is_disjoint(&principal.roles);
    let is_tenant = tenant.is_none_or(|it| holds(&it.exempt_roles) || is_own(Fact::of_tenant(it)));
    require(is_tenant, Condition::Tenant)?;
    let is_owner = rule.owner.as_ref().is_none_or(|it| holds(&it.exempt_roles) || is_own(Fact::of_owner(it)));
    require(is_owner, Condition::Owner)
}

fn require(holds: bool, condition: Condition) -> Result<(), Condition> {
    if holds { Ok(()) } else { Err(condition) }
}

fn holds_role(rule: &Rule, principal: &Principal) -> bool {
    match &rule.access {
        Access::AnyRole(roles) => !roles.is_disjoint(&principal.roles),
        Access::Authenticated | Access::Public => true,
        Access::Denied => false,
    }
}

/// Whether the rule needs a client certificate. Nothing else names a peer.
pub(crate) fn demands_certificate(rule: &Rule) -> bool {
    !rule.peers.is_empty() || rule.credentials.contains(&Credential::Mtls)
}

/// Whether a certificate of this name is that of one of the peers.
pub(crate) fn takes_peer(rule: &Rule, name: Option<&str>) -> bool {
    rule.peers.is_empty() || name.is_some_and(|name| rule.peers.iter().any(|peer| is_peer(name, peer)))
}

/// `**` stands for one segment or more. The slash before it ends the path that must be equal.
fn is_peer(name: &str, peer: &str) -> bool {
    match peer.strip_suffix("**") {
        Some(path) => name.strip_prefix(path).is_some_and(|rest| !rest.is_empty()),
        None => name == peer,
    }
}

impl Caller {
    /// True if the caller is proven and holds one of these roles.
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
