//! Istio: RequestAuthentication verifies tokens, AuthorizationPolicy decides, PeerAuthentication demands mutual TLS.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::rules::{Method, Peer};
use super::settings::{Claim, Form, Settings, Tokens, Workload};
use super::{Content, ExportError, File, Loss, Target, Translation};
use crate::manifest::{Access, Credential, Rule};

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

/// Who may call: ways, one of which is enough.
type Ways = Vec<Way>;

/// All conditions of a way must hold.
#[derive(Clone, Debug, Default)]
struct Way {
    /// Members of one `source`.
    source: BTreeMap<&'static str, BTreeSet<String>>,
    /// Values of claims, any of which fits.
    when: Vec<(String, BTreeSet<String>)>,
}

impl Target for Istio<'_> {
    /// The JSON of what stands beside `to`, once for each way.
    type Policy = Vec<Value>;

    fn translate(&self, method: &Method) -> Result<Translation<Vec<Value>>, Loss> {
        let rule = &method.rule;
        let (ways, mut losses) = match &rule.access {
            Access::Anonymous => return Ok(self.ignoring_credentials()),
            Access::Public => return Ok(Translation::exact(vec![json!({})])),
            Access::Denied => return Ok(Translation::denied()),
            Access::Authenticated => (self.authenticated(), Vec::new()),
            Access::AnyRole(roles) => (self.holders(roles)?, Vec::new()),
        };
        let mut narrowed = ways;
        self.narrow_by_token(&mut narrowed, rule)?;
        losses.extend(self.narrow_by_certificate(&mut narrowed, rule)?);
        losses.extend(self.narrow_by_bounds(&mut narrowed, rule)?);
        let policy = (!narrowed.is_empty()).then(|| narrowed.iter().map(Way::to_json).collect());
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
    fn narrow_by_bounds(&self, ways: &mut Ways, rule: &Rule) -> Result<Vec<Loss>, Loss> {
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

impl Way {
    fn of(member: &'static str, values: BTreeSet<String>) -> Self {
        Self { source: BTreeMap::from([(member, values)]), when: Vec::new() }
    }

    fn and(mut self, member: &'static str, values: BTreeSet<String>) -> Self {
        self.source.insert(member, values);
        self
    }

    fn when(mut self, key: String, values: BTreeSet<String>) -> Self {
        self.when.push((key, values));
        self
    }

    fn to_json(&self) -> Value {
        let mut rule = json!({ "from": [{ "source": self.source }] });
        if !self.when.is_empty() {
            let when = self.when.iter().map(|(key, values)| json!({ "key": key, "values": values }));
            rule["when"] = when.collect();
        }
        rule
    }
}

/// Requires one of these certificates of each way.
fn meet(ways: &mut Ways, ids: &BTreeSet<String>) {
    for way in ways.iter_mut() {
        let met = match way.source.remove("principals") {
            None => ids.clone(),
            Some(own) => meet_patterns(&own, ids),
        };
        way.source.insert("principals", met);
    }
    // An empty list would admit every certificate.
    ways.retain(|way| !way.source["principals"].is_empty());
}

/// The patterns that both lists admit. Each is exact, or ends in `*`.
fn meet_patterns(one: &BTreeSet<String>, other: &BTreeSet<String>) -> BTreeSet<String> {
    let admits = |patterns: &BTreeSet<String>, id: &str| patterns.iter().any(|pattern| includes(pattern, id));
    let of_one = one.iter().filter(|id| admits(other, id));
    of_one.chain(other.iter().filter(|id| admits(one, id))).cloned().collect()
}

/// True if a pattern admits all that another one admits.
fn includes(pattern: &str, other: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == other, |prefix| other.starts_with(prefix))
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

/// The limit of the resource's schema.
const MAX_RULES: usize = 512;
