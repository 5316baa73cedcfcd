//! A policy of gRPC's own engine (gRFC A43): denies first, then admits, else denies.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::ImportError;
use super::pattern::{fits, peer};
use super::rule::{Conditions, Imported, Rule, Rules};
use crate::manifest::Credential;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    #[serde(rename = "name")]
    _name: String,
    #[serde(default)]
    deny_rules: Vec<Written>,
    allow_rules: Vec<Written>,
    #[serde(default, rename = "audit_logging_options")]
    _audit: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default)]
    source: Peers,
    #[serde(default)]
    request: Request,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Peers {
    principals: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Request {
    paths: Vec<String>,
    headers: Vec<Value>,
}

impl Written {
    fn is_about(&self, path: &str) -> bool {
        self.request.paths.is_empty() || self.request.paths.iter().any(|pattern| fits(pattern, path))
    }
}

pub(super) fn rules(documents: Vec<Value>) -> Result<Rules, ImportError> {
    let [document] = <[Value; 1]>::try_from(documents).map_err(|_| ImportError::NotOne("policy"))?;
    let policy = serde_json::from_value::<Policy>(document).map_err(|error| ImportError::Form(error.to_string()))?;
    check_names(&policy.deny_rules)?;
    check_names(&policy.allow_rules)?;
    Ok(Box::new(move |method| Some(policy.rule(&method.path))))
}

fn check_names(rules: &[Written]) -> Result<(), ImportError> {
    let mut names = BTreeSet::new();
    match rules.iter().find(|rule| !names.insert(&rule.name)) {
        Some(rule) => Err(ImportError::Form(format!("two rules have the name `{}`: gRPC uses one of them", rule.name))),
        None => Ok(()),
    }
}

impl Policy {
    fn rule(&self, path: &str) -> Imported {
        if let Some(deny) = self.deny_rules.iter().find(|deny| deny.is_about(path)) {
            return match deny.source.principals.is_empty() && deny.request.headers.is_empty() {
                true => Imported::exact(Rule::Denied),
                false => Imported::denied(vec![format!(
                    "the rule `{}` denies some callers, and rules of ours only admit",
                    deny.name
                )]),
            };
        }
        let mut notes = Vec::new();
        let mut all = Rule::Denied;
        for allow in self.allow_rules.iter().filter(|allow| allow.is_about(path)) {
            match admit(allow) {
                Ok(rule) => all = all.or(&rule).unwrap_or(all),
                Err(note) => notes.push(format!("the rule `{}` is left out: {note}", allow.name)),
            }
        }
        Imported { rule: all, notes }
    }
}

fn admit(allow: &Written) -> Result<Rule, String> {
    if !allow.request.headers.is_empty() {
        return Err("a client could write the header itself".to_owned());
    }
    if allow.source.principals.is_empty() {
        return Ok(Rule::Public);
    }
    let mut peers = BTreeSet::new();
    let credentials = BTreeSet::from([Credential::Mtls]);
    for pattern in &allow.source.principals {
        match peer(pattern, "") {
            Some(Some(name)) => drop(peers.insert(name)),
            Some(None) => return Ok(Rule::Known(Conditions { credentials, ..Conditions::default() })),
            None => return Err(format!("`{pattern}` is neither a SPIFFE ID, a DNS name nor all below one")),
        }
    }
    Ok(Rule::Known(Conditions { peers, credentials, ..Conditions::default() }))
}
