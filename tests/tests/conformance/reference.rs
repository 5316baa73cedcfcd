//! A second implementation of the decision, from the comments of `options.proto`, clause by clause. It reads what the
//! author wrote. It shares no type with generator and runtime, and it is short and slow.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::manifest::{Actor, Caller, Fields, Identity, Proof};
use crate::model::{Answer, Rule, Schema};

/// `ALLOW`, or the reason of the refusal.
pub(crate) fn decide(schema: &Schema, method: usize, caller: &Caller, request: &Fields) -> &'static str {
    let own = schema.methods[method].as_ref(); // "a rule of a method's own replaces it whole"
    let rule = own.or(schema.default.as_ref()).expect("silence does not generate");
    let principal = match (&rule.answer, &caller.principal) {
        (Answer::Denied, _) => return "PERMISSION_DENIED", // "not even to find out whether a credential is good"
        (Answer::Anonymous, _) => return "ALLOW",          // "does not look at credentials at all"
        (Answer::Public, None) => return "ALLOW",          // "without credentials"
        (Answer::Public, Some(principal)) => {
            return if takes_actor(rule, principal) { "ALLOW" } else { "PERMISSION_DENIED" }; // "on public methods, too"
        }
        (_, None) => return "CREDENTIAL_MISSING",
        (_, Some(principal)) => principal,
    };
    let names = caller.certificate.iter().flat_map(|certificate| certificate.all()).collect::<Vec<_>>(); // none: nobody's
    let is_bound = principal.proven_by == Proof::BoundJwt;
    let is_token = is_bound || principal.proven_by == Proof::Jwt; // "it is a CREDENTIAL_JWT, too"
    let presented = [("JWT", is_token), ("BOUND_JWT", is_bound), ("MTLS", !names.is_empty())];
    let presents = |credential: &&str| presented.contains(&(*credential, true));
    if !rule.credentials.iter().all(presents) || !rule.peers.is_empty() && names.is_empty() {
        return "CREDENTIAL_MISSING";
    }
    let held = held(schema, principal);
    let holds_one = |roles: &[&str]| roles.iter().any(|role| held.contains(*role));
    let own = |own: Option<String>| own.filter(|_| !principal.foreign); // "it says which of them name tenants and owners"
    let equals =
        |field: &str, fact: Option<String>| own(fact).is_some_and(|fact| text(request.get(field)) == Some(fact));
    let conditions = [
        matches!(&rule.answer, Answer::RequiredRoles(roles) if holds_one(roles))
            || matches!(rule.answer, Answer::Authenticated),
        takes_actor(rule, principal),
        rule.scopes.iter().all(|scope| principal.scopes.iter().any(|held| held == scope)),
        rule.peers.is_empty() || rule.peers.iter().any(|peer| names.iter().any(|name| is_peer(name, peer))),
        rule.tenant
            .as_ref()
            .is_none_or(|it| holds_one(&it.exempt_roles) || equals(it.field, claim(principal, &it.claim))),
        rule.owner
            .as_ref()
            .is_none_or(|it| holds_one(&it.exempt_roles) || equals(it.field, Some(principal.subject.clone()))),
    ];
    if conditions.contains(&false) { "PERMISSION_DENIED" } else { "ALLOW" }
}

/// "A holder of this role holds them, too, and the roles that they include."
fn held(schema: &Schema, principal: &Identity) -> BTreeSet<String> {
    let mut held = principal.roles.iter().cloned().collect::<BTreeSet<_>>();
    let vocabulary = schema.vocabulary.as_deref().unwrap_or_default();
    for _ in vocabulary {
        let includes = vocabulary.iter().filter(|(role, _)| held.contains(*role)).flat_map(|(_, includes)| includes);
        let includes = includes.map(|role| (*role).to_owned()).collect::<Vec<_>>();
        held.extend(includes);
    }
    held
}

/// "Left out, a delegated token is refused"; "left out or empty, every actor is accepted".
fn takes_actor(rule: &Rule, principal: &Identity) -> bool {
    let Some(Actor { issuer, subject }) = &principal.actor else { return true };
    let is = |actor: &&str| {
        let allowed = actor.strip_prefix(issuer.as_str()).and_then(|rest| rest.strip_prefix('#'));
        allowed.is_some_and(|allowed| match allowed.strip_suffix("/**") {
            Some(path) => subject.strip_prefix(path).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/')),
            None => subject == allowed,
        })
    };
    rule.actors.as_ref().is_some_and(|actors| actors.is_empty() || actors.iter().any(is))
}

/// "The peers whose ID has at least one more segment after this path. The path is made of whole segments."
fn is_peer(name: &str, peer: &str) -> bool {
    let (name, mut peer) = (name.split('/').collect::<Vec<_>>(), peer.split('/').collect::<Vec<_>>());
    match peer.pop_if(|last| *last == "**") {
        Some(_) => name.len() > peer.len() && name.starts_with(&peer),
        None => name == peer,
    }
}

/// "Its name, or the names that lead to a member of an object in it."
fn claim(principal: &Identity, path: &[&str]) -> Option<String> {
    text(Value::Object(principal.claims.clone()).pointer(&format!("/{}", path.join("/"))))
}

/// "Without it, or where it is empty or 0"; "no string and no integer".
fn text(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.clone(),
        Value::Number(number) if !number.is_f64() => number.to_string(),
        _ => return None,
    };
    (!text.is_empty() && text != "0").then_some(text)
}
