//! The conditions of a rule in every output: Rust, manifest, table and documentation.

use std::collections::BTreeSet;

use super::words::{list, literals, quoted};
use crate::manifest::{Credential, DelegationRule, OwnerRule, Rule, TenantRule};
use crate::policy::{Condition, Fact, RequestCondition, RequiredRole, admitted};

/// A call on `secure_runtime`'s `Rule`, such as `.scopes(&["orders:read"])`.
pub(super) fn call(condition: &Condition) -> String {
    match condition {
        Condition::Scopes(scopes) => format!(".scopes(&[{}])", literals(scopes)),
        Condition::Credentials(credentials) => {
            let credentials = credentials.iter().map(|credential| match credential {
                Credential::BoundJwt => "secure::Credential::BoundJwt",
                Credential::Jwt => "secure::Credential::Jwt",
                Credential::Mtls => "secure::Credential::Mtls",
            });
            format!(".credentials(&[{}])", credentials.collect::<Vec<_>>().join(", "))
        }
        Condition::Delegation(actors) => format!(".allow_delegation(&[{}])", literals(actors)),
        Condition::Peers(peers) => format!(".peers(&[{}])", literals(peers)),
        Condition::Request(_) => ".with_request_conditions()".to_owned(),
    }
}

/// Adds the condition to a rule of the manifest.
pub(super) fn restrict(rule: Rule, condition: &Condition) -> Rule {
    match condition {
        Condition::Scopes(scopes) => Rule { scopes: scopes.iter().cloned().collect(), ..rule },
        Condition::Credentials(credentials) => Rule { credentials: credentials.iter().copied().collect(), ..rule },
        Condition::Delegation(actors) => {
            Rule { delegation: Some(DelegationRule::allowing(actors.iter().cloned().collect())), ..rule }
        }
        Condition::Peers(peers) => Rule { peers: peers.iter().cloned().collect(), ..rule },
        Condition::Request(conditions) => conditions.iter().fold(rule, restrict_request),
    }
}

fn restrict_request(rule: Rule, RequestCondition { fact, field, exempt }: &RequestCondition) -> Rule {
    let (field, exempt_roles) = (field.text.clone(), roles(exempt));
    match fact {
        Fact::Claim(path) => Rule { tenant: Some(TenantRule { claim: path.clone(), exempt_roles, field }), ..rule },
        Fact::Subject => Rule { owner: Some(OwnerRule { exempt_roles, field }), ..rule },
    }
}

/// Every role that satisfies one of these.
pub(super) fn roles(roles: &[RequiredRole]) -> BTreeSet<String> {
    admitted(roles).into_iter().map(str::to_owned).collect()
}

/// Entries of the table at the top of a generated file, such as `scope "orders:read"`.
pub(super) fn entries(condition: &Condition) -> Vec<String> {
    match condition {
        Condition::Scopes(scopes) => scopes.iter().map(|scope| format!("scope {scope:?}")).collect(),
        Condition::Credentials(credentials) => {
            credentials.iter().map(|credential| credential.name().to_owned()).collect()
        }
        Condition::Delegation(actors) if actors.is_empty() => vec!["also by any actor".to_owned()],
        Condition::Delegation(actors) => vec![format!("also by {}", quoted(actors).join(" | "))],
        Condition::Peers(peers) => vec![format!("from {}", quoted(peers).join(" | "))],
        Condition::Request(conditions) => conditions.iter().map(entry).collect(),
    }
}

fn entry(RequestCondition { fact, field, exempt }: &RequestCondition) -> String {
    let fact = match fact {
        Fact::Claim(path) => format!("claim {}", quoted(path).join(" . ")),
        Fact::Subject => "subject".to_owned(),
    };
    let exempt = admitted(exempt);
    let unless = (!exempt.is_empty()).then(|| format!(" unless {}", quoted(exempt).join(" | ")));
    format!("{} = {fact}{}", field.text, unless.unwrap_or_default())
}

/// The part of a doc comment after `For callers with ...`.
pub(super) fn sentence(condition: &Condition) -> String {
    match condition {
        Condition::Scopes(scopes) => {
            let noun = if scopes.len() == 1 { "scope" } else { "scopes" };
            format!(", whose token has the {noun} {}", list(scopes, "and"))
        }
        Condition::Credentials(credentials) => {
            format!(", who present {}", list(credentials.iter().map(|credential| credential.name()), "and"))
        }
        Condition::Delegation(actors) if actors.is_empty() => ", in person or by any actor".to_owned(),
        Condition::Delegation(actors) => format!(", in person or by the actor {}", list(actors, "or")),
        Condition::Peers(peers) => format!(", from the peer {}", list(peers, "or")),
        Condition::Request(conditions) => conditions.iter().map(requirement).collect(),
    }
}

fn requirement(RequestCondition { fact, field, exempt }: &RequestCondition) -> String {
    let fact = match fact {
        Fact::Claim(path) => format!("claim `{}`", quoted(path).join(" . ")),
        Fact::Subject => "subject".to_owned(),
    };
    let exempt = admitted(exempt);
    let unless = (!exempt.is_empty()).then(|| format!(" unless they hold {}", list(exempt, "or")));
    format!(", if `{}` equals their {fact}{}", field.text, unless.unwrap_or_default())
}
