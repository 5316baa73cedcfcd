//! `google.api.Authentication` of a service configuration; without one, `google.api.oauth_scopes` of services.

use std::collections::BTreeSet;

use protox::prost_reflect::Value as Reflected;
use serde::Deserialize;
use serde_json::Value;

use super::ImportError;
use super::methods::Method;
use super::rule::{Conditions, Imported, Rule, Rules};
use crate::manifest::Credential;

#[derive(Deserialize)]
struct Configuration {
    authentication: Authentication,
}

#[derive(Deserialize)]
struct Authentication {
    #[serde(default)]
    rules: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    selector: String,
    #[serde(default)]
    oauth: OAuth,
    #[serde(default)]
    allow_without_credential: bool,
    #[serde(default)]
    requirements: Vec<Requirement>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OAuth {
    canonical_scopes: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Requirement {
    #[serde(rename = "provider_id")]
    _provider: String,
    #[serde(default)]
    audiences: String,
}

pub(super) fn rules(documents: Vec<Value>) -> Result<Rules, ImportError> {
    let configurations =
        documents.into_iter().map(serde_json::from_value::<Configuration>).collect::<Result<Vec<_>, _>>();
    let configurations = configurations.map_err(|error| ImportError::Form(error.to_string()))?;
    let rules = configurations.into_iter().flat_map(|it| it.authentication.rules).collect::<Vec<_>>();
    Ok(Box::new(move |method| match rules.is_empty() {
        true => of_service(method),
        // The last one counts.
        false => rules.iter().rfind(|rule| selects(&rule.selector, &method.name)).map(Written::rule),
    }))
}

/// A selector is a name, or `*` in place of its end; several have commas between them.
fn selects(selector: &str, name: &str) -> bool {
    let selects =
        |selector: &str| selector.strip_suffix('*').map_or(selector == name, |prefix| name.starts_with(prefix));
    selector.split(',').any(|selector| selects(selector.trim()))
}

impl Written {
    fn rule(&self) -> Imported {
        if self.allow_without_credential {
            return Imported::denied(vec!["it may be called with an API key alone, which no rule checks".to_owned()]);
        }
        let mut imported = any_scope(&self.oauth.canonical_scopes);
        let audiences = self.requirements.iter().map(|it| &it.audiences).filter(|it| !it.is_empty());
        let note = |audiences: &String| format!("the server must accept one of the audiences {audiences}");
        imported.notes.extend(audiences.map(note));
        imported
    }
}

fn of_service(method: &Method) -> Option<Imported> {
    let mut extensions = method.service_options.extensions();
    let scopes = extensions.find(|(extension, _)| extension.full_name() == "google.api.oauth_scopes");
    match scopes?.1 {
        Reflected::String(scopes) => Some(any_scope(scopes)),
        _ => None,
    }
}

/// One of the scopes is enough there, and all are required in ours.
fn any_scope(scopes: &str) -> Imported {
    let scopes = scopes.split(',').map(|scope| scope.trim().to_owned()).filter(|scope| !scope.is_empty());
    let scopes = scopes.collect::<BTreeSet<_>>();
    let credentials = BTreeSet::from([Credential::Jwt]);
    match scopes.len() {
        0 | 1 => Imported::exact(Rule::Known(Conditions { scopes, credentials, ..Conditions::default() })),
        _ => Imported {
            rule: Rule::Known(Conditions { roles: scopes, credentials, ..Conditions::default() }),
            notes: vec![
                "one of its scopes is enough, so they are roles: let the server read roles from the claim `scope`"
                    .to_owned(),
            ],
        },
    }
}
