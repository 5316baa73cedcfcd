//! AuthorizationPolicy of Istio: denies first, then admits, else denies.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::ImportError;
use super::pattern::{fits, peer};
use super::rule::{Conditions, Imported, Rule, Rules};
use crate::manifest::Credential;

#[derive(Deserialize)]
struct Policy {
    kind: String,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    spec: Spec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    namespace: String,
    annotations: BTreeMap<String, String>,
}

impl Policy {
    /// Istio does not enforce it.
    fn is_dry_run(&self) -> bool {
        self.metadata.annotations.get("istio.io/dry-run").is_some_and(|value| value == "true")
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    action: String,
    rules: Vec<Written>,
    selector: Value,
    target_ref: Value,
    target_refs: Value,
}

impl Spec {
    fn admits(&self) -> bool {
        matches!(self.action.as_str(), "" | "ALLOW")
    }

    /// The members that select workloads. A policy without them is for its whole namespace.
    fn workloads(&self) -> [&Value; 3] {
        [&self.selector, &self.target_ref, &self.target_refs]
    }
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
    let policies = policies.into_iter().filter(|it| it.kind == "AuthorizationPolicy");
    // One that denies is kept: to deny more is safe.
    let policies = policies.filter(|it| !(it.spec.admits() && it.is_dry_run())).collect::<Vec<_>>();
    if policies.is_empty() {
        return Err(ImportError::Form("an AuthorizationPolicy is needed".to_owned()));
    }
    check_workload(&policies)?;
    let policies = policies.into_iter().map(|policy| policy.spec).collect::<Vec<_>>();
    let roles = format!("request.auth.claims{}", roles.iter().map(|name| format!("[{name}]")).collect::<String>());
    Ok(Box::new(move |method| Some(rule(&policies, &roles, &method.path))))
}

/// A policy that admits to another workload says nothing about these services.
fn check_workload(policies: &[Policy]) -> Result<(), ImportError> {
    let admitting = policies.iter().filter(|policy| policy.spec.admits());
    let namespaces = admitting.clone().map(|policy| &policy.metadata.namespace).collect::<BTreeSet<_>>();
    let selected = admitting.map(|policy| policy.spec.workloads()).filter(|it| *it != [&Value::Null; 3]);
    let is_one = selected.clone().all(|workloads| Some(workloads) == selected.clone().next());
    match is_one && namespaces.len() <= 1 {
        true => Ok(()),
        false => Err(ImportError::Form(
            "the policies are for several workloads: give a file with those of the workload that serves these methods"
                .to_owned(),
        )),
    }
}

fn rule(policies: &[Spec], roles: &str, path: &str) -> Imported {
    let (admitting, others) = policies.iter().partition::<Vec<_>, _>(|policy| policy.admits());
    let is_about = |rule: &&Written| rule.to.is_empty() || rule.to.iter().any(|to| touches(to, path));
    if let Some(other) = others.iter().find(|policy| policy.rules.iter().any(|rule| is_about(&rule))) {
        return Imported::denied(vec![format!(
            "a policy with the action {} is about it, and rules of ours only admit",
            other.action
        )]);
    }
    if admitting.is_empty() {
        // Istio then admits everybody, but a policy in another file may admit fewer.
        return Imported::denied(vec!["no policy with the action ALLOW is in the file".to_owned()]);
    }
    let mut notes = Vec::new();
    let mut all = Rule::Denied;
    for written in admitting.iter().flat_map(|policy| &policy.rules).filter(is_about) {
        match admit(written, roles, path) {
            Ok(rule) => match all.or(&rule) {
                Some(either) => {
                    all = either;
                    notes.extend(
                        issuers(written).map(|it| format!("`{it}/*` is taken for every subject of this issuer")),
                    );
                }
                None => notes.push(format!(
                    "left out, because one rule cannot say both: {}",
                    rule.to_option("(secure.v1.method)")
                )),
            },
            Err(note) => notes.push(format!("a rule is left out: {note}")),
        }
    }
    Imported { rule: all, notes }
}

/// True if the operation may be about the path, whatever else it says. An empty list is the same as none.
fn touches(to: &To, path: &str) -> bool {
    let is_about = |pattern: &str| fits(pattern, path) || pattern.contains('{');
    to.operation.get("paths").and_then(Value::as_array).is_none_or(|patterns| {
        patterns.is_empty() || patterns.iter().any(|pattern| pattern.as_str().is_none_or(is_about))
    })
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
        let is_literal = not_values.is_empty() && !values.is_empty() && !values.iter().any(|value| value.contains('*'));
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
    conditions.credentials.insert(Credential::Jwt);
    Rule::Known(conditions)
}

fn source(source: &Map<String, Value>, mut conditions: Conditions) -> Result<Rule, String> {
    if conditions != Conditions::default() {
        conditions.credentials.insert(Credential::Jwt);
    }
    for (name, values) in source {
        match name.as_str() {
            // The issuers are those that the server trusts.
            "requestPrincipals" if texts(values).iter().all(|it| is_any_subject(it)) => {
                conditions.credentials.insert(Credential::Jwt);
            }
            "principals" => {
                conditions.credentials.insert(Credential::Mtls);
                let peers = texts(values).iter().map(|it| peer(it, "spiffe://")).collect::<Option<Vec<_>>>();
                let peers = peers.ok_or("a principal is no SPIFFE ID and not all below one")?;
                conditions.peers = peers.into_iter().collect::<Option<_>>().unwrap_or_default();
            }
            name => return Err(format!("`{name}` of a source has no counterpart")),
        }
    }
    Ok(Rule::Known(conditions))
}

/// True for `*` and for an issuer with any subject. A second scheme is the start of a subject, such as a SPIFFE ID.
fn is_any_subject(principal: &str) -> bool {
    principal == "*" || principal.strip_suffix("/*").is_some_and(|issuer| issuer.matches("://").count() <= 1)
}

/// The issuers that a rule names. Where the issuer ends and the subject begins, a pattern does not say.
fn issuers(written: &Written) -> impl Iterator<Item = String> {
    let principals = written.from.iter().filter_map(|from| from.source.get("requestPrincipals")).flat_map(texts);
    principals.filter_map(|it| it.strip_suffix("/*").filter(|issuer| *issuer != "*").map(str::to_owned))
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
