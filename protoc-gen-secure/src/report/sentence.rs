//! Rules, callers and conditions in words. A name of a token may have any character: formats escape what they print.

use std::collections::BTreeSet;

use secure_policy::Condition;

use super::caller::{Caller, Fact, Principal};
use crate::manifest::{Access, Credential, Rule};

/// Who may call, such as `any of admin, clerk`.
pub(crate) fn access(rule: &Rule) -> String {
    match &rule.access {
        Access::AnyRole(roles) if roles.len() == 1 => join(roles),
        Access::AnyRole(roles) => format!("any of {}", join(roles)),
        Access::Authenticated => "authenticated".to_owned(),
        Access::Denied => "denied".to_owned(),
        Access::Anonymous | Access::Public => "public".to_owned(),
    }
}

/// What narrows it, one condition each.
pub(crate) fn conditions(rule: &Rule) -> Vec<String> {
    let mut conditions = Vec::new();
    if rule.access == Access::Anonymous {
        conditions.push("credentials are ignored".to_owned());
    }
    if !rule.scopes.is_empty() {
        conditions.push(format!("scopes {}", join(&rule.scopes)));
    }
    if !rule.credentials.is_empty() {
        let credentials = rule.credentials.iter().map(|credential| credential.name());
        conditions.push(format!("credentials {}", credentials.collect::<Vec<_>>().join(" + ")));
    }
    if !rule.peers.is_empty() {
        conditions.push(format!("peers {}", join(&rule.peers)));
    }
    if let Some(delegation) = &rule.delegation {
        conditions.push(match delegation.actors.is_empty() {
            true => "any actor".to_owned(),
            false => format!("actors {}", join(&delegation.actors)),
        });
    }
    conditions.extend(equalities(rule));
    conditions
}

/// The request conditions of a rule, such as `tenant = claim org`.
fn equalities(rule: &Rule) -> Vec<String> {
    let tenant = rule.tenant.as_ref().map(|it| {
        let claim = it.claim.join(".");
        format!("{} = claim {claim}{}", it.field, unless(&it.exempt_roles))
    });
    let owner = rule.owner.as_ref().map(|it| format!("{} = subject{}", it.field, unless(&it.exempt_roles)));
    tenant.into_iter().chain(owner).collect()
}

/// The whole rule in one line.
pub(crate) fn rule(rule: &Rule) -> String {
    [access(rule)].into_iter().chain(conditions(rule)).collect::<Vec<_>>().join("; ")
}

/// A caller, such as `a caller with a token and the role clerk`.
pub(crate) fn caller(caller: &Caller) -> String {
    let Caller { certificate, further_names, principal } = caller;
    let Some(Principal { proven_by, roles, scopes, actor, facts }) = principal else {
        return "anyone without a credential".to_owned();
    };
    let token = match proven_by {
        Some(Credential::BoundJwt) => Some("a token that is bound to its client certificate".to_owned()),
        Some(Credential::Jwt) => Some("a token".to_owned()),
        Some(Credential::Mtls) | None => None,
    };
    let certificate =
        certificate.as_ref().map(|name| format!("the certificate {}", join([name].into_iter().chain(further_names))));
    let roles = several("role", roles.iter());
    let scopes = several("scope", scopes.iter());
    let actor = actor.as_ref().map(|name| format!("the actor {name}"));
    let parts = [token, actor, certificate, roles, scopes].into_iter().flatten().collect::<Vec<_>>();
    let facts = facts.iter().map(|it| format!(", whose request names {}", fact(it))).collect::<String>();
    format!("a caller with {}{facts}", and(&parts))
}

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Tenant { claim, field } => format!("its own {} in {field}", claim.join(".")),
        Fact::Owner { field } => format!("itself in {field}"),
    }
}

/// What a rule asks for with a condition.
pub(crate) fn condition(condition: Condition, rule: &Rule) -> String {
    match condition {
        Condition::MethodDenied => "nobody may call the method".to_owned(),
        Condition::NoCredential => "a credential is required".to_owned(),
        Condition::NoClientCertificate | Condition::CertificateHasNoName => {
            "a client certificate that names somebody is required".to_owned()
        }
        Condition::TokenNotBound => "a token that is bound to the client certificate is required".to_owned(),
        Condition::WrongCredential => "a token is required".to_owned(),
        Condition::PeerNotAllowed => format!("the certificate must be that of one of the peers {}", join(&rule.peers)),
        Condition::DelegatedToken => "the token must have no actor".to_owned(),
        Condition::ActorNotAllowed => format!("the token must have {}", needed_actor(rule)),
        Condition::MissingScope => format!("every scope is required: {}", join(&rule.scopes)),
        Condition::CredentialHasNoRoles | Condition::NoRequiredRole => format!("a role is required: {}", access(rule)),
        Condition::IssuerNamesNoTenants
        | Condition::TenantClaimMissing
        | Condition::TenantFieldMissing
        | Condition::TenantDiffers
        | Condition::IssuerNamesNoOwners
        | Condition::SubjectMissing
        | Condition::OwnerFieldMissing
        | Condition::OwnerDiffers => {
            format!("the request must name the caller's own: {}", equalities(rule).join(", "))
        }
        // `secure-policy` may have more conditions than this report knows.
        unknown => format!("the condition {unknown} must hold"),
    }
}

/// What a request must say for an equality to hold.
pub(crate) fn must_name(fact: &Fact) -> String {
    match fact {
        Fact::Tenant { claim, field } => format!("{field} must equal the caller's claim {}", claim.join(".")),
        Fact::Owner { field } => format!("{field} must equal the caller's subject"),
    }
}

/// What a caller needs for an equality to hold.
pub(crate) fn needed(fact: &Fact) -> String {
    match fact {
        Fact::Tenant { claim, .. } => format!("the claim {}, a string or an integer", claim.join(".")),
        Fact::Owner { .. } => "a subject".to_owned(),
    }
}

/// What a caller with another actor needs.
pub(crate) fn needed_actor(rule: &Rule) -> String {
    match &rule.delegation {
        Some(delegation) if !delegation.actors.is_empty() => format!("the actor {}", one_of(&delegation.actors)),
        Some(_) | None => "a token without an actor".to_owned(),
    }
}

/// What a vocabulary says about a name, such as `role admin (sensitive): Runs the shop`; `None` if it says nothing.
pub(crate) fn name(name: &str, is_sensitive: bool, description: Option<&str>) -> Option<String> {
    let sensitive = if is_sensitive { " (sensitive)" } else { "" };
    let description = description.map(|text| format!(": {text}")).unwrap_or_default();
    (is_sensitive || !description.is_empty()).then(|| format!("{name}{sensitive}{description}"))
}

/// A name, or a choice of names.
pub(crate) fn one_of(names: &BTreeSet<String>) -> String {
    let names = names.iter().map(String::as_str).collect::<Vec<_>>();
    names.join(" or ")
}

fn unless(roles: &BTreeSet<String>) -> String {
    if roles.is_empty() { String::new() } else { format!(" unless {}", join(roles)) }
}

fn several<'a>(kind: &str, names: impl ExactSizeIterator<Item = &'a String>) -> Option<String> {
    let plural = if names.len() == 1 { "" } else { "s" };
    let names = names.map(String::as_str).collect::<Vec<_>>();
    (!names.is_empty()).then(|| format!("the {kind}{plural} {}", names.join(", ")))
}

fn and(parts: &[String]) -> String {
    match parts {
        [] => "a credential".to_owned(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

fn join<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
