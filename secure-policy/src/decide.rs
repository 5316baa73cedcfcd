//! The decision.

use std::borrow::Cow;

use crate::rule::is_actor;
use crate::{Access, CallerFact, Certificate, Condition, Credential, Evidence, FieldCondition, Rule};

/// Decides whether a rule admits a caller, before a request is read.
///
/// # Errors
///
/// Returns the first condition that failed.
pub fn decide(rule: &Rule<'_>, evidence: &impl Evidence) -> Result<(), Condition> {
    match rule.access() {
        Access::Denied => return Err(Condition::MethodDenied),
        Access::Anonymous if !rule.has_conditions() => return Ok(()),
        Access::Public if !rule.has_conditions() => return decide_delegation(rule, evidence),
        Access::Anonymous | Access::AnyRole(_) | Access::Authenticated | Access::Public => {}
    }
    require(evidence.is_authenticated(), Condition::NoCredential)?;
    decide_credentials(rule, evidence)?;
    decide_delegation(rule, evidence)?;
    require(rule.required_scopes().iter().all(|scope| evidence.has_scope(scope)), Condition::MissingScope)?;
    let Access::AnyRole(roles) = rule.access() else { return Ok(()) };
    require(evidence.has_any_role(), Condition::CredentialHasNoRoles)?;
    require(roles.iter().any(|role| evidence.has_role(role)), Condition::NoRequiredRole)
}

fn decide_credentials(rule: &Rule<'_>, evidence: &impl Evidence) -> Result<(), Condition> {
    if rule.demands_certificate() {
        match evidence.certificate() {
            Certificate::Absent => return Err(Condition::NoClientCertificate),
            Certificate::Nameless => return Err(Condition::CertificateHasNoName),
            Certificate::Named => {}
        }
    }
    let demands = |credential| rule.required_credentials().contains(&credential);
    let demands_token = demands(Credential::Jwt) || demands(Credential::BoundJwt);
    require(!demands_token || evidence.is_proven_by(Credential::Jwt), Condition::WrongCredential)?;
    let is_bound = !demands(Credential::BoundJwt) || evidence.is_proven_by(Credential::BoundJwt);
    require(is_bound, Condition::TokenNotBound)?;
    let is_peer = rule.allowed_peers().is_empty() || evidence.peer_names().any(|name| rule.is_peer(name));
    require(is_peer, Condition::PeerNotAllowed)
}

/// The current actor alone counts (RFC 8693, section 4.1).
fn decide_delegation(rule: &Rule<'_>, evidence: &impl Evidence) -> Result<(), Condition> {
    let Some(actor) = evidence.actor() else { return Ok(()) };
    let allowed = rule.allowed_actors().ok_or(Condition::DelegatedToken)?;
    require(allowed.is_empty() || allowed.iter().any(|it| is_actor(actor, it)), Condition::ActorNotAllowed)
}

/// Decides whether a caller that [`decide`] admitted may send a request whose field is `field`: `None` if it is empty,
/// zero or missing.
///
/// # Errors
///
/// Returns the first condition that failed.
pub fn decide_field(
    condition: &FieldCondition<'_>,
    evidence: &impl Evidence,
    field: Option<&str>,
) -> Result<(), Condition> {
    require(evidence.is_authenticated(), Condition::NoCredential)?;
    if condition.exempt_roles().iter().any(|role| evidence.has_role(role)) {
        return Ok(());
    }
    let (fact, failures) = match condition.equals() {
        CallerFact::Subject => (evidence.subject().map(Cow::Borrowed), OWNER),
        CallerFact::Tenant(claim) => (evidence.claim(claim), TENANT),
    };
    require(!evidence.is_excluded_from_ownership(), failures.issuer_names_none)?;
    let fact = fact.ok_or(failures.fact_missing)?;
    require(field.ok_or(failures.field_missing)? == fact, failures.differs)
}

fn require(is_fulfilled: bool, condition: Condition) -> Result<(), Condition> {
    if is_fulfilled { Ok(()) } else { Err(condition) }
}

/// The conditions that fail with one kind of [`FieldCondition`].
struct Failures {
    issuer_names_none: Condition,
    fact_missing: Condition,
    field_missing: Condition,
    differs: Condition,
}

const OWNER: Failures = Failures {
    issuer_names_none: Condition::IssuerNamesNoOwners,
    fact_missing: Condition::SubjectMissing,
    field_missing: Condition::OwnerFieldMissing,
    differs: Condition::OwnerDiffers,
};

const TENANT: Failures = Failures {
    issuer_names_none: Condition::IssuerNamesNoTenants,
    fact_missing: Condition::TenantClaimMissing,
    field_missing: Condition::TenantFieldMissing,
    differs: Condition::TenantDiffers,
};

#[cfg(test)]
mod tests;
