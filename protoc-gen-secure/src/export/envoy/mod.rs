//! Filters of Envoy: `jwt_authn` verifies tokens, `rbac` decides.
//!
//! A method's policy names its exact path. What no policy admits is denied. `jwt_authn` refuses a bad token on every
//! method that does not ignore credentials, and a missing one where no certificate can replace it.

mod filters;
mod listener;
mod principal;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::rules::{Method, Peer};
use super::settings::{Form, Tokens};
use super::{Content, ExportError, File, Loss, Settings, Target, Translation};
use crate::manifest::{Access, Credential, Rule};

pub(super) struct Envoy<'a> {
    settings: &'a Settings,
}

impl<'a> Envoy<'a> {
    pub(super) fn new(settings: &'a Settings) -> Result<Self, ExportError> {
        let leeway = settings.tokens.as_ref().map(|tokens| tokens.leeway);
        if leeway.is_some_and(|leeway| !LEEWAYS.contains(&leeway)) {
            let problem =
                "a `leeway` from 1 to 300: Envoy takes 0 for 60 seconds, and the server takes no more than 300";
            return Err(ExportError::Settings(problem.to_owned()));
        }
        let claims = settings.tokens.iter().flat_map(|tokens| [&tokens.roles, &tokens.scopes]);
        for claim in claims {
            if claim.form == Form::Words && claim.claim.len() != 1 {
                let claim = claim.claim.join(".");
                return Err(ExportError::Settings(format!(
                    "another form for `{claim}`: Envoy splits words of claims only, not of members of claims"
                )));
            }
        }
        Ok(Self { settings })
    }
}

/// Who a policy admits.
#[derive(Debug)]
pub(super) struct Admitted {
    /// A `Principal` of Envoy.
    principal: Value,
    needs: Needs,
}

/// Whether the method's callers have tokens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Needs {
    /// Every caller needs one.
    Token,
    /// A caller may have none; a bad one is refused.
    NoToken,
    /// Nobody looks at tokens.
    Nothing,
}

impl Target for Envoy<'_> {
    type Policy = Admitted;

    fn translate(&self, method: &Method) -> Result<Translation<Admitted>, Loss> {
        let rule = &method.rule;
        let needs = self.needs(rule);
        let who = match &rule.access {
            Access::Anonymous => return Ok(Translation::exact(Admitted { principal: principal::anyone(), needs })),
            Access::Public => {
                let principal = self.delegation(rule).unwrap_or_else(principal::anyone);
                return Ok(Translation::exact(Admitted { principal, needs }));
            }
            Access::Denied => return Ok(Translation::denied()),
            Access::Authenticated => self.authenticated(),
            Access::AnyRole(roles) => self.holder(roles),
        };
        let (conditions, losses) = self.request_conditions(rule)?;
        let scopes = rule.scopes.iter().map(|scope| self.scope(scope));
        let credentials = rule.credentials.iter().map(|credential| self.credential(*credential));
        let credentials = credentials.collect::<Result<Vec<_>, _>>()?;
        let peers = (!rule.peers.is_empty()).then(|| self.peers(rule));
        let delegation = self.delegation(rule).map(Some);
        let all = [who].into_iter().chain(scopes).chain(credentials).chain(peers).chain(delegation).chain(conditions);
        let policy = all.collect::<Option<Vec<_>>>().map(|all| Admitted { principal: principal::all(all), needs });
        Ok(Translation { policy, losses })
    }

    fn files(&self, policies: &[(&Method, Admitted)]) -> Result<Vec<File>, ExportError> {
        let filters = filters::chain(self.settings, policies);
        let content = match &self.settings.envoy.listener {
            Some(listener) => listener::bootstrap(self.settings, listener, filters),
            None => json!({ "http_filters": filters }),
        };
        Ok(vec![File { name: "envoy", content: Content::Documents(vec![content]) }])
    }
}

/// Each is `None` if nobody can fulfil it.
impl Envoy<'_> {
    fn needs(&self, rule: &Rule) -> Needs {
        let takes_certificates =
            self.settings.certificates.authenticate && !rule.demands_token() && rule.scopes.is_empty();
        match (&rule.access, takes_certificates) {
            (Access::Anonymous, _) => Needs::Nothing,
            (Access::Public, _) | (_, true) => Needs::NoToken,
            (_, false) => Needs::Token,
        }
    }

    fn authenticated(&self) -> Option<Value> {
        let certificate = self.settings.certificates.authenticate.then(|| self.named_certificate());
        principal::any(self.token().into_iter().chain(certificate).collect())
    }

    /// Roles of a token, or those that the settings give to a certificate without one.
    fn holder(&self, roles: &BTreeSet<String>) -> Option<Value> {
        let by_token = self
            .settings
            .tokens
            .iter()
            .flat_map(|tokens| roles.iter().map(|role| principal::listed(&tokens.roles, role)));
        let by_token =
            principal::any(by_token.collect()).zip(self.token()).map(|(it, token)| principal::all(vec![token, it]));
        let holders = self.settings.certificates.holders(roles);
        let certificate = principal::any(holders.iter().map(principal::peer).collect());
        let certificate =
            certificate.map(|it| principal::all([it].into_iter().chain(self.token().map(principal::not)).collect()));
        principal::any(by_token.into_iter().chain(certificate).collect())
    }

    fn scope(&self, scope: &str) -> Option<Value> {
        self.settings.tokens.as_ref().map(|tokens| principal::listed(&tokens.scopes, scope))
    }

    fn credential(&self, credential: Credential) -> Result<Option<Value>, Loss> {
        match credential {
            Credential::BoundJwt => Err(Loss::new("required_credentials", NOT_COMPARED)),
            Credential::Jwt => Ok(self.token()),
            Credential::Mtls => Ok(Some(self.named_certificate())),
        }
    }

    /// A token without an actor, or with one that the rule takes. `None` if every token is one.
    fn delegation(&self, rule: &Rule) -> Option<Value> {
        let tokens = self.settings.tokens.as_ref()?;
        let undelegated = principal::not(principal::delegated());
        let Some(delegation) = &rule.delegation else { return Some(undelegated) };
        let actors = delegation.actors.iter().filter_map(|actor| actor.split_once('#'));
        let actors = actors.map(|(issuer, subject)| principal::actor(issuer, subject, issuer == tokens.issuer));
        let actors = principal::any(actors.collect())?;
        Some(principal::either(vec![undelegated, actors]))
    }

    fn peers(&self, rule: &Rule) -> Option<Value> {
        let peers = self.settings.certificates.peers(&rule.peers);
        principal::any(peers.iter().map(principal::peer).collect())
    }

    fn token(&self) -> Option<Value> {
        self.settings.tokens.as_ref().map(|Tokens { .. }| principal::token())
    }

    fn named_certificate(&self) -> Value {
        let trust_domains = &self.settings.certificates.trust_domains;
        let below = |name: &String| principal::peer(&Peer::SpiffeBelow(name));
        let ids = match trust_domains.is_empty() {
            true => vec![principal::any_spiffe_id()],
            false => trust_domains.iter().map(below).collect(),
        };
        principal::either(ids.into_iter().chain([principal::any_dns_name()]).collect())
    }

    /// Envoy's filters here do not read requests. Callers with an exempt role need not be compared.
    fn request_conditions(&self, rule: &Rule) -> Result<(Vec<Option<Value>>, Vec<Loss>), Loss> {
        let tenant = rule.tenant.as_ref().map(|it| ("tenant", &it.exempt_roles));
        let owner = rule.owner.as_ref().map(|it| ("owner", &it.exempt_roles));
        let mut conditions = Vec::new();
        let mut losses = Vec::new();
        for (condition, exempt) in tenant.into_iter().chain(owner) {
            if exempt.is_empty() {
                return Err(Loss::new(condition, "fields of the request are not known"));
            }
            conditions.push(self.holder(exempt));
            losses.push(Loss::new(condition, "fields of the request are not known; only exempt roles are admitted"));
        }
        Ok((conditions, losses))
    }
}

/// Seconds.
const LEEWAYS: RangeInclusive<u32> = 1..=300;

const NOT_COMPARED: &str = "Envoy does not compare `cnf` of a token with the client certificate";
