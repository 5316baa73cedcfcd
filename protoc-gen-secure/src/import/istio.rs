//! AuthorizationPolicy of Istio: denies first, then admits, else denies.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::ImportError;
use super::pattern::{fits, peer};
use super::rule::{Conditions, Imported, Rule, Rules};

#[derive(Deserialize)]
struct Policy {
    kind: String,
    #[serde(default)]
    spec: Spec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Spec {
    action: String,
    rules: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    from: Vec<From>,
    #[serde(default)]
    to: Vec<To>,
    #[serde(default)]
    when: Vec<When>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct From {
    source: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct To {
    operation: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct When {
    key: String,
    #[serde(default)]
    values: BTreeSet<String>,
    #[serde(default)]
    not_values: BTreeSet<String>,
}

pub(super) fn rules(documents: Vec<Value>, roles: &[String]) -> Result<Rules, ImportError> {
    let policies = documents.into_iter().map(serde_json::from_value::<Policy>).collect::<Result<Vec<_>, _>>();
    let policies = policies.map_err(|error| ImportError::Form(error.to_string()))?;
    let policies = policies.into_iter().filter(|it| it.kind == "AuthorizationPolicy").map(|it| it.spec);
    let policies = policies.collect::<Vec<_>>();
    if policies.is_empty() {
        return Err(ImportError::Form("an AuthorizationPolicy is needed".to_owned()));
    }
    let roles = format!("request.auth.claims{}", roles.iter().map(|name| format!("[{name}]")).collect::<String>());
    Ok(Box::new(move |method| Some(rule(&policies, &roles, &method.path))))
}

fn rule(policies: &[Spec], roles: &str, path: &str) -> Imported {
    let (admitting, others) = policies.iter().partition::<Vec<_>, _>(|it| matches!(it.action.as_str(), "" | "ALLOW"));
    let is_about = |rule: &&Written| rule.to.is_empty() || rule.to.iter().any(|to| touches(to, path));
    if let Some(other) = others.iter().find(|policy| policy.rules.iter().any(|rule| is_about(&rule))) {
        return Imported::denied(vec![format!(
            "a policy with the action {} is about it, and rules of ours only admit",
            other.action
        )]);
    }
    if admitting.is_empty() {
        return Imported::exact(Rule::Public); // "If there are no ALLOW policies for the workload, allow the request."
    }
    let mut notes = Vec::new();
    let mut all = Rule::Denied;
    for written in admitting.iter().flat_map(|policy| &policy.rules).filter(is_about) {
        match admit(written, roles, path) {
            Ok(rule) => match all.or(&rule) {
                Some(either) => all = either,
                None => notes.push(format!("left out, because one rule cannot say both: {}", rule.to_option())),
            },
            Err(note) => notes.push(format!("a rule is left out: {note}")),
        }
    }
    Imported { rule: all, notes }
}

/// True if the operation may be about the path, whatever else it says.
fn touches(to: &To, path: &str) -> bool {
    to.operation
        .get("paths")
        .is_none_or(|paths| texts(paths).iter().any(|pattern| fits(pattern, path) || pattern.contains('{')))
}

fn admit(written: &Written, roles: &str, path: &str) -> Result<Rule, String> {
    let is_plain = |to: &&To| {
        to.operation.iter().all(|(name, value)| match name.as_str() {
            "methods" => texts(value).iter().any(|method| method == "POST" || method == "*"),
            "paths" => texts(value).iter().any(|pattern| fits(pattern, path)),
            _ => false,
        })
    };
    if !written.to.is_empty() && !written.to.iter().any(|to| is_plain(&to)) {
        return Err("it is about more than methods of gRPC".to_owned());
    }
    let mut conditions = Conditions::default();
    for When { key, values, not_values } in &written.when {
        let is_literal = not_values.is_empty() && !values.iter().any(|value| value.contains('*'));
        match key.as_str() {
            key if is_literal && key == roles && conditions.roles.is_empty() => conditions.roles.clone_from(values),
            "request.auth.claims[scope]" | "request.auth.claims[scp]" if is_literal && values.len() == 1 => {
                conditions.scopes.extend(values.iter().cloned());
            }
            key => return Err(format!("the condition about `{key}` has no counterpart")),
        }
    }
    let is_about_token = conditions != Conditions::default();
    if written.from.is_empty() {
        return Ok(if is_about_token { token(conditions) } else { Rule::Public });
    }
    let sources = written.from.iter().map(|from| source(&from.source, conditions.clone()));
    let mut all = Rule::Denied;
    for rule in sources {
        all = all.or(&rule?).ok_or("its sources are of several kinds")?;
    }
    Ok(all)
}

/// Claims are those of a token.
fn token(mut conditions: Conditions) -> Rule {
    conditions.credentials.insert("JWT");
    Rule::Known(conditions)
}

fn source(source: &Map<String, Value>, mut conditions: Conditions) -> Result<Rule, String> {
    if conditions != Conditions::default() {
        conditions.credentials.insert("JWT");
    }
    for (name, values) in source {
        match name.as_str() {
            // The issuers are those that the server trusts.
            "requestPrincipals" if texts(values).iter().all(|it| it.ends_with("/*") || it == "*") => {
                conditions.credentials.insert("JWT");
            }
            "principals" => {
                conditions.credentials.insert("MTLS");
                let peers = texts(values).iter().map(|it| peer(it, "spiffe://")).collect::<Option<Vec<_>>>();
                let peers = peers.ok_or("a principal is no SPIFFE ID and not all below one")?;
                conditions.peers = peers.into_iter().collect::<Option<_>>().unwrap_or_default();
            }
            name => return Err(format!("`{name}` of a source has no counterpart")),
        }
    }
    Ok(Rule::Known(conditions))
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
