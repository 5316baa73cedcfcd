//! Istio: RequestAuthentication verifies tokens, AuthorizationPolicy decides, PeerAuthentication demands mutual TLS.

mod way;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::rules::{Method, Peer};
use super::settings::{Claim, Form, Settings, Tokens, Workload};
use super::{Content, ExportError, File, Loss, Target, Translation};
use crate::manifest::{Access, Credential, Rule};
use way::{Way, Ways, meet};

pub(super) struct Istio<'a> {
    settings: &'a Settings,
}

impl<'a> Istio<'a> {
    pub(super) fn new(settings: &'a Settings) -> Result<Self, ExportError> {
        let Some(tokens) = &settings.tokens else { return Ok(Self { settings }) };
        if tokens.issuer.contains('*') {
            return Err(ExportError::Settings("another `issuer`: `*` is a pattern in Istio".to_owned()));
        }
        [&tokens.roles, &tokens.scopes].into_iter().try_for_each(check_claim)?;
        Ok(Self { settings })
    }
}

fn check_claim(claim: &Claim) -> Result<(), ExportError> {
    let name = claim.claim.join(".");
    let problem = match claim.form {
        Form::Keys => Some("Istio does not compare names of members"),
        Form::Words if claim.claim.len() != 1 => Some("Istio splits words of claims only, not of members of claims"),
        _ if name.contains(['[', ']']) => Some("Istio takes brackets for a path"),
        _ => None,
    };
    problem.map_or(Ok(()), |problem| Err(ExportError::Settings(format!("another claim than `{name}`: {problem}"))))
}

impl Target for Istio<'_> {
    /// The JSON of what stands beside `to`, once for each way.
    type Policy = Vec<Value>;

    fn translate(&self, method: &Method) -> Result<Translation<Vec<Value>>, Loss> {
        let rule = &method.rule;
        let (ways, mut losses) = match &rule.access {
            Access::Anonymous => return Ok(self.ignoring_credentials()),
            Access::Public => {
                let (delegation, losses) = self.delegation(rule);
                let policy = Some(vec![delegation.map_or_else(|| json!({}), |when| json!({ "when": [when] }))]);
                return Ok(Translation { policy, losses });
            }
            Access::Denied => return Ok(Translation::denied()),
            Access::Authenticated => (self.authenticated(), Vec::new()),
            Access::AnyRole(roles) => (self.holders(roles)?, Vec::new()),
        };
        let mut narrowed = ways;
        self.narrow_by_token(&mut narrowed, rule)?;
        losses.extend(self.narrow_by_certificate(&mut narrowed, rule)?);
        losses.extend(self.narrow_by_request_conditions(&mut narrowed, rule)?);
        let (delegation, stricter) = self.delegation(rule);
        losses.extend(stricter);
        let policy =
            (!narrowed.is_empty()).then(|| narrowed.iter().map(|way| way.to_json(delegation.as_ref())).collect());
        Ok(Translation { policy, losses })
    }

    fn files(&self, policies: &[(&Method, Vec<Value>)]) -> Result<Vec<File>, ExportError> {
        let tokens = self.settings.tokens.as_ref().map(|tokens| self.request_authentication(tokens)).transpose()?;
        let mutual = self.object("PeerAuthentication", "", json!({ "mtls": { "mode": "STRICT" } }));
        let mut documents = tokens.into_iter().chain([mutual]).collect::<Vec<_>>();
        documents.extend(self.authorization_policies(policies));
        Ok(vec![File { name: "istio", content: Content::Documents(documents) }])
    }
}

impl Istio<'_> {
    fn authenticated(&self) -> Ways {
        let certificates = &self.settings.certificates;
        let certificate = certificates.authenticate.then(|| Way::of("principals", self.any_certificate()));
        self.token().into_iter().chain(certificate).collect()
    }

    /// RequestAuthentication verifies the tokens of all methods alike.
    fn ignoring_credentials(&self) -> Translation<Vec<Value>> {
        let loss = Loss::new("ignore_credentials", "Istio refuses a bad token on every method");
        let losses = self.settings.tokens.is_some().then_some(loss).into_iter().collect();
        Translation { policy: Some(vec![json!({})]), losses }
    }

    /// Roles of a token, or those that the settings give to a certificate without one.
    fn holders(&self, roles: &BTreeSet<String>) -> Result<Ways, Loss> {
        literal("required_roles", roles)?;
        let by_token = self.settings.tokens.as_ref().zip(self.token());
        let by_token = by_token.map(|(tokens, way)| way.when(key(&tokens.roles), roles.clone()));
        let holders = self.settings.certificates.holders(roles);
        let holders = holders.iter().filter_map(principal).collect::<BTreeSet<_>>();
        let by_certificate = (!holders.is_empty())
            .then(|| Way::of("principals", holders).and("notRequestPrincipals", BTreeSet::from(["*".to_owned()])));
        Ok(by_token.into_iter().chain(by_certificate).collect())
    }

    /// A token of the issuer. Other policies of the namespace could accept other issuers.
    fn token(&self) -> Option<Way> {
        let tokens = self.settings.tokens.as_ref()?;
        Some(Way::of("requestPrincipals", BTreeSet::from([format!("{}/*", tokens.issuer)])))
    }

    /// A condition that delegated tokens do not fulfil, and what is lost by it. An actor always has a subject.
    fn delegation(&self, rule: &Rule) -> (Option<Value>, Vec<Loss>) {
        let refused = self.settings.tokens.as_ref().map(|_| json!({ "key": ACTOR, "notValues": ["*"] }));
        match (&rule.delegation, refused) {
            (Some(delegation), _) if delegation.actors.is_empty() => (None, Vec::new()),
            (Some(_), Some(refused)) => {
                let loss = "issuer and subject of an actor are not compared; tokens with an actor are refused";
                (Some(refused), vec![Loss::new("delegation", loss)])
            }
            (_, refused) => (refused, Vec::new()),
        }
    }

    fn narrow_by_token(&self, ways: &mut Ways, rule: &Rule) -> Result<(), Loss> {
        literal("required_scopes", &rule.scopes)?;
        if rule.credentials.contains(&Credential::BoundJwt) {
            let reason = "Istio does not compare `cnf` of a token with the client certificate";
            return Err(Loss::new("required_credentials", reason));
        }
        if rule.credentials.contains(&Credential::Jwt) || !rule.scopes.is_empty() {
            ways.retain(|way| way.source.contains_key("requestPrincipals"));
        }
        let Some(tokens) = &self.settings.tokens else { return Ok(()) };
        for scope in &rule.scopes {
            ways.iter_mut().for_each(|way| way.when.push((key(&tokens.scopes), BTreeSet::from([scope.clone()]))));
        }
        Ok(())
    }

    /// Istio knows a certificate by its SPIFFE ID.
    fn narrow_by_certificate(&self, ways: &mut Ways, rule: &Rule) -> Result<Option<Loss>, Loss> {
        if !rule.peers.is_empty() {
            let peers = self.settings.certificates.peers(&rule.peers);
            let ids = peers.iter().filter_map(principal).collect::<BTreeSet<_>>();
            let loss =
                (ids.len() < peers.len()).then(|| Loss::new("peers", "Istio does not know DNS names of certificates"));
            return match (ids.is_empty(), loss) {
                (true, Some(loss)) => Err(loss),
                (_, loss) => {
                    meet(ways, &ids);
                    Ok(loss)
                }
            };
        }
        if rule.credentials.contains(&Credential::Mtls) {
            meet(ways, &self.any_certificate());
        }
        Ok(None)
    }

    /// Istio does not read requests. Callers with an exempt role need not be compared.
    fn narrow_by_request_conditions(&self, ways: &mut Ways, rule: &Rule) -> Result<Vec<Loss>, Loss> {
        let tenant = rule.tenant.as_ref().map(|it| ("tenant", &it.exempt_roles));
        let owner = rule.owner.as_ref().map(|it| ("owner", &it.exempt_roles));
        let mut losses = Vec::new();
        for (condition, exempt) in tenant.into_iter().chain(owner) {
            let Some(tokens) = self.settings.tokens.as_ref().filter(|_| !exempt.is_empty()) else {
                return Err(Loss::new(condition, "fields of the request are not known"));
            };
            literal(condition, exempt)?;
            ways.retain(|way| way.source.contains_key("requestPrincipals"));
            ways.iter_mut().for_each(|way| way.when.push((key(&tokens.roles), exempt.clone())));
            losses.push(Loss::new(condition, "fields of the request are not known; only exempt roles are admitted"));
        }
        Ok(losses)
    }

    fn any_certificate(&self) -> BTreeSet<String> {
        let trust_domains = &self.settings.certificates.trust_domains;
        match trust_domains.is_empty() {
            true => BTreeSet::from(["*".to_owned()]),
            false => trust_domains.iter().map(|name| format!("{name}/*")).collect(),
        }
    }

    fn request_authentication(&self, tokens: &Tokens) -> Result<Value, ExportError> {
        let mut rule = json!({
            "issuer": tokens.issuer,
            "audiences": [tokens.audience],
            "fromHeaders": [{ "name": "authorization", "prefix": "Bearer " }],
            "forwardOriginalToken": true, // the server verifies it, too
        });
        match (&tokens.jwks, &tokens.jwks_uri) {
            (Some(jwks), _) => rule["jwks"] = json!(jwks),
            (None, Some(uri)) => rule["jwksUri"] = json!(uri),
            (None, None) => {
                return Err(ExportError::Settings("`jwks`, `jwks_file` or `jwks_uri` in `tokens`".to_owned()));
            }
        }
        let split = [&tokens.roles, &tokens.scopes].into_iter().filter(|claim| claim.form == Form::Words);
        let split = split.map(key_name).filter(|name| !matches!(name.as_str(), "scope" | "permission"));
        let split = split.collect::<BTreeSet<_>>();
        if !split.is_empty() {
            rule["spaceDelimitedClaims"] = json!(split);
        }
        Ok(self.object("RequestAuthentication", "", json!({ "jwtRules": [rule] })))
    }

    /// Methods of equal rules share a rule. Without any rule, the policy denies everything.
    fn authorization_policies(&self, policies: &[(&Method, Vec<Value>)]) -> Vec<Value> {
        let mut groups = BTreeMap::<String, (Value, Vec<&str>)>::new();
        for (method, ways) in policies {
            for way in ways {
                groups.entry(way.to_string()).or_insert_with(|| (way.clone(), Vec::new())).1.push(&method.path);
            }
        }
        let rules = groups.into_values().map(|(mut rule, paths)| {
            rule["to"] = json!([{ "operation": { "methods": ["POST"], "paths": paths } }]);
            rule
        });
        let rules = rules.collect::<Vec<_>>();
        if rules.is_empty() {
            return vec![self.object("AuthorizationPolicy", "-1", json!({ "action": "ALLOW" }))];
        }
        let policies = rules.chunks(MAX_RULES).zip(1..);
        let policy = |(rules, number): (&[Value], usize)| {
            self.object("AuthorizationPolicy", &format!("-{number}"), json!({ "action": "ALLOW", "rules": rules }))
        };
        policies.map(policy).collect()
    }

    fn object(&self, kind: &str, suffix: &str, mut spec: Value) -> Value {
        let Workload { name, namespace, .. } = &self.settings.workload;
        spec["selector"] = json!({ "matchLabels": self.settings.workload.labels() });
        json!({
            "apiVersion": "security.istio.io/v1",
            "kind": kind,
            "metadata": { "name": format!("{name}{suffix}"), "namespace": namespace },
            "spec": spec,
        })
    }
}

fn principal(peer: &Peer<'_>) -> Option<String> {
    match peer {
        Peer::Dns(_) => None,
        Peer::Spiffe(id) => Some((*id).to_owned()),
        Peer::SpiffeBelow(parent) => Some(format!("{parent}/*")),
    }
}

/// Values are patterns in Istio.
fn literal(condition: &'static str, values: &BTreeSet<String>) -> Result<(), Loss> {
    match values.iter().find(|value| value.contains('*')) {
        None => Ok(()),
        Some(value) => Err(Loss::new(condition, format!("`{value}` is a pattern in Istio"))),
    }
}

fn key(claim: &Claim) -> String {
    format!("request.auth.claims{}", claim.claim.iter().map(|name| format!("[{name}]")).collect::<String>())
}

fn key_name(claim: &Claim) -> String {
    claim.claim.first().cloned().unwrap_or_default()
}

const ACTOR: &str = "request.auth.claims[act][sub]";

/// The limit of the resource's schema.
const MAX_RULES: usize = 512;
