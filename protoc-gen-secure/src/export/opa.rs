//! OPA: the rules as data, and a policy in Rego v1 that decides by them.
//!
//! `policy.rego` takes a caller whose credentials were verified elsewhere. The target `opa-envoy` adds `envoy.rego`, which
//! takes what opa-envoy-plugin sends, with claims that Envoy verified. It does not know fields of the request.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::rules::Method;
use super::settings::{Form, Settings};
use super::{Content, ExportError, File, Loss, Target, Translation};
use crate::manifest::{Credential, Rule};

pub(super) struct Opa<'a> {
    settings: &'a Settings,
    input: Input,
}

/// What the policy is asked about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Input {
    /// What opa-envoy-plugin sends.
    Envoy,
    /// A verified caller and its request.
    Verified,
}

impl<'a> Opa<'a> {
    pub(super) fn new(settings: &'a Settings, input: Input) -> Self {
        Self { settings, input }
    }
}

impl Target for Opa<'_> {
    type Policy = Rule;

    fn translate(&self, method: &Method) -> Result<Translation<Rule>, Loss> {
        let policy = Some(method.rule.clone());
        match self.input {
            Input::Envoy => Ok(Translation { policy, losses: losses(&method.rule)? }),
            Input::Verified => Ok(Translation { policy, losses: Vec::new() }),
        }
    }

    fn files(&self, policies: &[(&Method, Rule)]) -> Result<Vec<File>, ExportError> {
        let methods = policies.iter().map(|(method, rule)| (method.path.as_str(), rule)).collect::<BTreeMap<_, _>>();
        let mut data = json!({ "secure": { "methods": methods, "settings": self.settings_of_envoy() } });
        let notes = policies.iter().filter(|(method, _)| !method.notes.is_empty());
        let notes = notes.map(|(method, _)| (method.path.as_str(), &method.notes)).collect::<BTreeMap<_, _>>();
        if !notes.is_empty() {
            // JSON has no comments. The policy does not read this member.
            data["secure"]["notes"] = json!(notes);
        }
        let data = File { name: "data.json", content: Content::Json(data) };
        let policy = File { name: "policy.rego", content: Content::Text(POLICY.to_owned()) };
        let envoy = File { name: "envoy.rego", content: Content::Text(ENVOY.to_owned()) };
        Ok(match self.input {
            Input::Envoy => vec![data, policy, envoy],
            Input::Verified => vec![data, policy],
        })
    }
}

impl Opa<'_> {
    fn settings_of_envoy(&self) -> Value {
        let tokens = self.settings.tokens.as_ref();
        let claim = |claim: &super::settings::Claim| json!({ "claim": claim.claim, "form": form(claim.form) });
        json!({
            "authenticate": self.settings.certificates.authenticate,
            "certificate_roles": self.settings.certificates.roles,
            "issuer": tokens.map(|tokens| &tokens.issuer),
            "roles": tokens.map(|tokens| claim(&tokens.roles)),
            "scopes": tokens.map(|tokens| claim(&tokens.scopes)),
            "trust_domains": self.settings.certificates.trust_domains,
        })
    }
}

/// Callers with an exempt role need not be compared.
fn losses(rule: &Rule) -> Result<Vec<Loss>, Loss> {
    if rule.credentials.contains(&Credential::BoundJwt) {
        let reason = "the client certificate itself is not known, and `cnf` of a token is not compared with it";
        return Err(Loss::new("required_credentials", reason));
    }
    let tenant = rule.tenant.as_ref().map(|it| ("tenant", &it.exempt_roles));
    let owner = rule.owner.as_ref().map(|it| ("owner", &it.exempt_roles));
    let loss = |(condition, exempt): (_, &BTreeSet<String>)| match exempt.is_empty() {
        true => Err(Loss::new(condition, "fields of the request are not known")),
        false => Ok(Loss::new(condition, "fields of the request are not known; only exempt roles are admitted")),
    };
    tenant.into_iter().chain(owner).map(loss).collect()
}

fn form(form: Form) -> &'static str {
    match form {
        Form::Array => "array",
        Form::Keys => "keys",
        Form::Words => "words",
    }
}

const POLICY: &str = include_str!("opa/policy.rego");
const ENVOY: &str = include_str!("opa/envoy.rego");
