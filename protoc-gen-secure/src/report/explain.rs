//! Why a caller may call a method, or may not, and the nearest way to be admitted.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::str::FromStr;

use secure_policy::Condition;
use serde::Serialize;

use super::caller::{Caller, Fact, decide, demands_certificate, takes_actor, takes_peer};
use super::{choice, json, sentence};
use crate::diagnostic::{Location, visible};
use crate::manifest::{Access, Credential, Manifest, Method, Rule, Service};

/// The decision about one caller and one method.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Explanation {
    pub(crate) method: String,
    pub(crate) rule: Rule,
    pub(crate) declared_at: Location,
    /// What the rule is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// Why anyone may call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_reason: Option<String>,
    /// What vocabularies say about the roles and scopes of the rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) names: Vec<String>,
    pub(crate) caller: Caller,
    pub(crate) is_allowed: bool,
    /// The first condition that fails, by its name in the audit log.
    #[serde(serialize_with = "as_name", skip_serializing_if = "Option::is_none")]
    pub(crate) condition: Option<Condition>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// What an allowed request must name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) request: Vec<String>,
    /// Every step that the caller lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) lacks: Vec<String>,
    /// What the decision did not look at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
}

/// A rule, and what its manifest says about it.
#[derive(Clone, Debug)]
pub(crate) struct Found<'a> {
    pub(crate) rule: &'a Rule,
    at: &'a Location,
    /// `None` for the rule of a whole vendored service.
    method: Option<&'a Method>,
    names: Vec<String>,
}

/// Finds a method by its path, `shop.v1.Orders/Get`, with or without a leading slash.
pub(crate) fn find<'a>(manifest: &'a Manifest, path: &str) -> Option<Found<'a>> {
    let (service, method) = path.strip_prefix('/').unwrap_or(path).split_once('/')?;
    let service = manifest.services.get(service)?;
    let (rule, at, method) = match service.methods.get(method) {
        Some(method) => (&method.rule, &method.declared_at, Some(method)),
        None => (service.rule.as_ref()?, &service.declared_at, None),
    };
    Some(Found { rule, at, method, names: names(manifest, service, rule) })
}

/// The roles and scopes of a rule that have a description, and the sensitive roles.
fn names(manifest: &Manifest, service: &Service, rule: &Rule) -> Vec<String> {
    let roles = match &rule.access {
        Access::AnyRole(roles) => Some(roles),
        Access::Anonymous | Access::Authenticated | Access::Denied | Access::Public => None,
    };
    let roles = roles.into_iter().flatten().filter_map(|name| {
        let role = manifest.role(service, name)?;
        sentence::name(&format!("role {name}"), role.is_sensitive, role.description.as_deref())
    });
    let scopes = rule.scopes.iter().filter_map(|name| {
        let scope = manifest.scope(service, name)?;
        sentence::name(&format!("scope {name}"), false, scope.description.as_deref())
    });
    roles.chain(scopes).collect()
}

/// Decides, and says why.
///
/// The request is not known: every equality among the caller's facts is taken to hold, and named in `request`.
pub(crate) fn explain(method: &str, found: Found<'_>, caller: Caller, notes: Vec<String>) -> Explanation {
    let Found { rule, at, method: declared, names } = found;
    let condition = decide(rule, &caller).err();
    Explanation {
        method: method.trim_start_matches('/').to_owned(),
        declared_at: at.clone(),
        description: declared.and_then(|it| it.description.clone()),
        public_reason: declared.and_then(|it| it.public_reason.clone()),
        names,
        is_allowed: condition.is_none(),
        reason: condition.map(|condition| sentence::condition(condition, rule)),
        condition,
        request: if condition.is_none() { open(rule, &caller) } else { Vec::new() },
        lacks: lacks(rule, &caller),
        rule: rule.clone(),
        caller,
        notes,
    }
}

/// The equalities that the request must make true.
fn open(rule: &Rule, caller: &Caller) -> Vec<String> {
    let conditions = request_conditions(rule).into_iter().filter(|(_, exempt)| !caller.holds(exempt));
    conditions.map(|(fact, _)| sentence::must_name(&fact)).collect()
}

/// What keeps the caller out, in the order of the gate. Nothing helps where nobody may call.
fn lacks(rule: &Rule, caller: &Caller) -> Vec<String> {
    let principal = caller.principal.as_ref();
    let actor = principal.and_then(|it| it.actor.as_deref());
    let lacks_actor = (!takes_actor(rule, actor)).then(|| sentence::needed_actor(rule));
    match rule.access {
        Access::Anonymous | Access::Denied => return Vec::new(),
        Access::Public => return lacks_actor.into_iter().collect(),
        Access::AnyRole(_) | Access::Authenticated => {}
    }
    let proof = principal.and_then(|it| it.proven_by);
    let is_bound = proof == Some(Credential::BoundJwt);
    let mut lacks = Vec::new();
    if principal.is_none() && !demands_certificate(rule) && !rule.demands_token() {
        lacks.push("a credential".to_owned());
    }
    if rule.credentials.contains(&Credential::BoundJwt) && !is_bound {
        lacks.push("a token that is bound to the client certificate".to_owned());
    } else if rule.demands_token() && !proof.is_some_and(Credential::is_token) {
        lacks.push("a token".to_owned());
    }
    if !takes_peer(rule, caller.certificate.iter().chain(&caller.further_names)) {
        lacks.push(format!("a certificate of {}", sentence::one_of(&rule.peers)));
    } else if demands_certificate(rule) && caller.certificate.is_none() {
        lacks.push("a client certificate".to_owned());
    }
    lacks.extend(lacks_actor);
    let missing = |scope: &&String| !principal.is_some_and(|it| it.scopes.contains(*scope));
    lacks.extend(rule.scopes.iter().filter(missing).map(|scope| format!("the scope {scope}")));
    match &rule.access {
        Access::AnyRole(roles) if !caller.holds(roles) => lacks.push(format!("the role {}", sentence::one_of(roles))),
        Access::Anonymous | Access::AnyRole(_) | Access::Authenticated | Access::Denied | Access::Public => {}
    }
    let has = |fact: &Fact| principal.is_none_or(|it| it.facts.contains(fact));
    let conditions = request_conditions(rule).into_iter().filter(|(fact, exempt)| !caller.holds(exempt) && !has(fact));
    lacks.extend(conditions.map(|(fact, _)| sentence::needed(&fact)));
    lacks
}

/// The equalities that a rule asks for, each with the roles that are exempt.
fn request_conditions(rule: &Rule) -> Vec<(Fact, &BTreeSet<String>)> {
    let tenant = rule.tenant.as_ref().map(|it| (Fact::of_tenant(it), &it.exempt_roles));
    let owner = rule.owner.as_ref().map(|it| (Fact::of_owner(it), &it.exempt_roles));
    tenant.into_iter().chain(owner).collect()
}

/// How an explanation is printed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Format {
    Json,
    #[default]
    Text,
}

impl Format {
    pub(crate) fn print(self, explanation: &Explanation) -> String {
        match self {
            Self::Json => json::text(&serde_json::json!(explanation)),
            Self::Text => text(explanation),
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = [("json", Self::Json), ("text", Self::Text)];
        choice("format", name, &known)
    }
}

fn text(explanation: &Explanation) -> String {
    let Explanation { method, rule, declared_at, caller, is_allowed, reason, request, lacks, notes, .. } = explanation;
    let Explanation { description, public_reason, names, .. } = explanation;
    let mut text = format!("{}: {}\n", if *is_allowed { "allowed" } else { "refused" }, visible(method));
    let mut line = |what: &str, value: &str| {
        let _ = writeln!(text, "  {what:8} {}", visible(value));
    };
    line("rule:", &sentence::rule(rule));
    line("at:", &declared_at.to_string());
    description.iter().for_each(|description| line("for:", description));
    public_reason.iter().for_each(|reason| line("public:", reason));
    names.iter().for_each(|name| line("about:", name));
    line("caller:", &sentence::caller(caller));
    reason.iter().for_each(|reason| line("why:", reason));
    request.iter().for_each(|request| line("request:", request));
    lacks.iter().for_each(|lack| line("needs:", lack));
    notes.iter().for_each(|note| line("note:", note));
    text
}

fn as_name<S: serde::Serializer>(condition: &Option<Condition>, serializer: S) -> Result<S::Ok, S::Error> {
    condition.map(Condition::name).serialize(serializer)
}

#[cfg(test)]
mod tests;
