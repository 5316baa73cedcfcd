//! `explain`: why a caller may call a method, or may not.

use std::fs;
use std::path::{Path, PathBuf};

use lexopt::prelude::*;
use serde_json::{Map, Value};

use super::error::CliError;
use super::input::Input;
use super::token;
use crate::Error;
use crate::manifest::{Credential, Manifest, Rule};
use crate::report::caller::{Caller, Fact, Principal};
use crate::report::explain::{Format, explain, find};
use crate::report::unknown;

#[derive(Debug, Default)]
pub(super) struct Command {
    method: String,
    input: Input,
    roles: Vec<String>,
    scopes: Vec<String>,
    actor: Option<String>,
    peers: Vec<String>,
    claims: Option<PathBuf>,
    token: Option<PathBuf>,
    format: Format,
}

impl Command {
    pub(super) fn parse(parser: &mut lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut command = Self::default();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("actor") => command.actor = Some(parser.value()?.string()?),
                Long("claims") => command.claims = Some(parser.value()?.into()),
                Long("exclude") => command.input.exclude.push(parser.value()?.string()?),
                Long("format") => command.format = parser.value()?.parse()?,
                Short('I') | Long("proto-path") => command.input.includes.push(parser.value()?.into()),
                Long("peer") => command.peers.push(parser.value()?.string()?),
                Long("role") => command.roles.push(parser.value()?.string()?),
                Long("scope") => command.scopes.push(parser.value()?.string()?),
                Long("token") => command.token = Some(parser.value()?.into()),
                Value(method) if command.method.is_empty() => command.method = method.string()?,
                Value(path) => command.input.paths.push(path.into()),
                argument => return Err(argument.unexpected()),
            }
        }
        match command.input.paths.as_slice() {
            [] => Err("missing arguments: give a method, such as `shop.v1.Orders/Get`, and files".into()),
            [first, ..] if Path::new(&command.method).exists() && !first.exists() => {
                Err("the method comes first, then the files: `explain METHOD FILE...`".into())
            }
            _ => Ok(command),
        }
    }

    pub(super) fn run(&self) -> Result<String, CliError> {
        let manifest = self.input.manifest()?;
        let found = find(&manifest, &self.method);
        let found = found.ok_or_else(|| CliError::UnknownName(unknown::method(&manifest, &self.method)))?;
        let claims = self.claims()?;
        let caller = self.caller(found.rule, claims.as_ref());
        Ok(self.format.print(&explain(&self.method, found, caller, self.notes(&manifest))))
    }

    fn claims(&self) -> Result<Option<Map<String, Value>>, CliError> {
        let read = |path: &Path| fs::read_to_string(path).map_err(Error::io(path));
        let refused = |path: &Path| CliError::Claims(path.to_owned());
        match (&self.token, &self.claims) {
            (Some(path), _) => token::claims(&read(path)?).ok_or_else(|| refused(path)).map(Some),
            (None, Some(path)) => serde_json::from_str(&read(path)?).map_err(|_| refused(path)).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// A token proves the caller, or else a certificate does.
    fn caller(&self, rule: &Rule, claims: Option<&Map<String, Value>>) -> Caller {
        let has_token = claims.is_some() || self.actor.is_some() || !(self.roles.is_empty() && self.scopes.is_empty());
        let token = if token::is_bound(claims) { Credential::BoundJwt } else { Credential::Jwt };
        let proof = if has_token { Some(token) } else { self.peers.first().map(|_| Credential::Mtls) };
        let principal = proof.map(|proof| Principal {
            proven_by: Some(proof),
            roles: self.roles.iter().cloned().chain(token::roles(claims)).collect(),
            scopes: self.scopes.iter().cloned().chain(token::scopes(claims)).collect(),
            actor: self.actor.clone().or_else(|| token::actor(claims)),
            facts: facts(rule, claims).collect(),
        });
        let mut names = self.peers.iter().cloned();
        Caller { certificate: names.next(), further_names: names.collect(), principal }
    }

    fn notes(&self, manifest: &Manifest) -> Vec<String> {
        let roles = self.roles.iter().filter_map(|role| unknown::role(manifest, role));
        let token = self.token.as_ref().map(|_| TOKEN);
        let claims = self.token.as_ref().or(self.claims.as_ref()).map(|_| CLAIMS);
        token.into_iter().chain(claims).map(str::to_owned).chain(roles).collect()
    }
}

/// The equalities that a request can make true: those whose claim is there, or all if no claims are known.
fn facts<'a>(rule: &'a Rule, claims: Option<&'a Map<String, Value>>) -> impl Iterator<Item = Fact> {
    let has = move |path: &[String]| claims.is_none_or(|claims| token::is_text(claims, path));
    let tenant = rule.tenant.iter().filter(move |it| has(&it.claim)).map(Fact::of_tenant);
    let owner = rule.owner.iter().filter(move |_| has(&["sub".to_owned()])).map(Fact::of_owner);
    tenant.chain(owner)
}

const TOKEN: &str =
    "the token was decoded and not verified: a server also checks its signature, issuer, audience and times";

const CLAIMS: &str = "roles are read from `roles` and scopes from `scope` (RFC 9068); a server may be set up otherwise";
