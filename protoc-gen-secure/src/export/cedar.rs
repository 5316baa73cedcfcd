//! Cedar: a schema and policies, one a method.
//!
//! The caller is an entity made from verified credentials. A `Caller` is a member of its roles. A caller without a
//! credential is `Anonymous`. A request that the schema does not know has no decision, which denies.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::rules::{Method, Notes, Peer};
use super::{Content, ExportError, File, Loss, Target, Translation};
use crate::manifest::{Access, Credential, Rule};

pub(super) struct Cedar;

impl Target for Cedar {
    type Policy = Permit;

    fn translate(&self, method: &Method) -> Result<Translation<Self::Policy>, Loss> {
        let rule = &method.rule;
        let who = match &rule.access {
            Access::Anonymous => return Ok(Translation::exact(Permit { is_public: true, conditions: Vec::new() })),
            Access::Public => {
                let conditions = delegation(rule, "principal is Caller && principal has actor").into_iter().collect();
                return Ok(Translation::exact(Permit { is_public: true, conditions }));
            }
            Access::Denied => return Ok(Translation::denied()),
            Access::Authenticated => None,
            Access::AnyRole(roles) => Some(in_one(roles)),
        };
        let scopes =
            (!rule.scopes.is_empty()).then(|| format!("principal.scopes.containsAll({})", texts(&rule.scopes)));
        let credentials = rule.credentials.iter().map(|credential| match credential {
            Credential::BoundJwt => "principal.proven_by == \"BOUND_JWT\"".to_owned(),
            Credential::Jwt => "[\"BOUND_JWT\", \"JWT\"].contains(principal.proven_by)".to_owned(),
            Credential::Mtls => "principal has peer".to_owned(),
        });
        let conditions = request_conditions(rule);
        let delegation = delegation(rule, "principal has actor");
        let all =
            who.into_iter().chain(scopes).chain(credentials).chain(peers(rule)).chain(delegation).chain(conditions);
        Ok(Translation::exact(Permit { is_public: false, conditions: all.collect() }))
    }

    fn files(&self, policies: &[(&Method, Self::Policy)]) -> Result<Vec<File>, ExportError> {
        let schema = schema(policies);
        let policies = policies.iter().map(|(method, policy)| permit(method, policy)).collect();
        Ok(vec![
            File { name: "schema.cedarschema", content: Content::Text(schema) },
            File { name: "policies.cedar", content: Content::Text(policies) },
        ])
    }
}

/// Who is permitted.
pub(super) struct Permit {
    /// True if a caller may be anonymous.
    is_public: bool,
    /// The conditions of `when`.
    conditions: Vec<String>,
}

fn permit(method: &Method, Permit { is_public, conditions }: &Permit) -> String {
    let action = quoted(&method.path);
    let principal = if *is_public { "principal" } else { "principal is Caller" };
    let when = match conditions.as_slice() {
        [] => String::new(),
        conditions => format!(" when {{\n    {}\n}}", conditions.join(" &&\n    ")),
    };
    let Notes { description, public_reason } = &method.notes;
    let notes = [("description", description), ("public_reason", public_reason)];
    let notes = notes.into_iter().filter_map(|(name, text)| Some(format!("@{name}({})\n", quoted(text.as_ref()?))));
    let notes = notes.collect::<String>();
    format!("@id({action})\n{notes}permit ({principal}, action == Action::{action}, resource){when};\n\n")
}

fn schema(policies: &[(&Method, Permit)]) -> String {
    let mut schema = SCHEMA.to_owned();
    for (method, policy) in policies {
        let principals = if policy.is_public { "[Anonymous, Caller]" } else { "[Caller]" };
        let attribute = |condition: &str| format!("{condition}?: RequestCondition");
        let conditions = [("tenant", method.rule.tenant.is_some()), ("owner", method.rule.owner.is_some())];
        let attributes =
            conditions.into_iter().filter(|(_, is_there)| *is_there).map(|(condition, _)| attribute(condition));
        let context = attributes.collect::<Vec<_>>().join(", ");
        let action = quoted(&method.path);
        let _ = writeln!(
            schema,
            "action {action} appliesTo {{ principal: {principals}, resource: [Server], context: {{ {context} }} }};"
        );
    }
    schema
}

fn peers(rule: &Rule) -> Option<String> {
    let names = rule.peers.iter().map(|peer| match Peer::parse(peer) {
        Peer::Dns(_) | Peer::Spiffe(_) => format!("principal.peer == {}", quoted(peer)),
        // The name of a certificate does not end in a slash.
        Peer::SpiffeBelow(parent) => format!("principal.peer like {}", quoted(&format!("spiffe://{parent}/*"))),
    });
    (!rule.peers.is_empty()).then(|| format!("principal has peer && ({})", names.collect::<Vec<_>>().join(" || ")))
}

/// `has_actor` is the condition that there is an actor.
fn delegation(rule: &Rule, has_actor: &str) -> Option<String> {
    let Some(delegation) = &rule.delegation else { return Some(format!("!({has_actor})")) };
    let actors = delegation.actors.iter().filter_map(|actor| actor.split_once('#')).map(actor).collect::<Vec<_>>();
    (!actors.is_empty()).then(|| format!("(!({has_actor}) || ({has_actor} && ({})))", actors.join(" || ")))
}

/// Unlike the name of a certificate, a subject may end in a slash.
fn actor((issuer, subject): (&str, &str)) -> String {
    let subject = match subject.strip_suffix("**") {
        Some(parent) => {
            let below = quoted(&format!("{parent}*"));
            format!("principal.actor.subject like {below} && principal.actor.subject != {}", quoted(parent))
        }
        None => format!("principal.actor.subject == {}", quoted(subject)),
    };
    format!("(principal.actor.issuer == {} && {subject})", quoted(issuer))
}

fn request_conditions(rule: &Rule) -> Vec<String> {
    let text = |condition: &str, exempt: &BTreeSet<String>| {
        let equal = format!("(context has {condition} && context.{condition}.field == context.{condition}.fact)");
        match exempt.is_empty() {
            true => equal,
            false => format!("({} || {equal})", in_one(exempt)),
        }
    };
    let tenant = rule.tenant.as_ref().map(|it| text("tenant", &it.exempt_roles));
    let owner = rule.owner.as_ref().map(|it| text("owner", &it.exempt_roles));
    tenant.into_iter().chain(owner).collect()
}

fn in_one(roles: &BTreeSet<String>) -> String {
    let roles = roles.iter().map(|role| format!("Role::{}", quoted(role))).collect::<Vec<_>>();
    format!("principal in [{}]", roles.join(", "))
}

fn texts(texts: &BTreeSet<String>) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

/// A string of Cedar, which escapes as Rust does.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_default())
}

const SCHEMA: &str = include_str!("cedar/head.cedarschema");
