//! A policy for gRPC's own authorization engine (gRFC A43). It knows paths and client certificates, and no tokens.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::rules::{Method, Peer};
use super::{Content, ExportError, File, Loss, Settings, Target, Translation};
use crate::manifest::{Access, Credential, Rule};

pub(super) struct Grpc<'a> {
    settings: &'a Settings,
}

impl<'a> Grpc<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        Self { settings }
    }
}

impl Target for Grpc<'_> {
    /// Patterns of principals. `None` admits anyone.
    type Policy = Option<BTreeSet<String>>;

    fn translate(&self, method: &Method) -> Result<Translation<Self::Policy>, Loss> {
        match &method.rule.access {
            Access::Anonymous | Access::Public => Ok(Translation::exact(None)),
            Access::Denied => Ok(Translation::denied()),
            Access::Authenticated => self.authenticated(&method.rule),
            Access::AnyRole(roles) => self.any_role(roles, &method.rule),
        }
    }

    fn files(&self, policies: &[(&Method, Self::Policy)]) -> Result<Vec<File>, ExportError> {
        if policies.is_empty() {
            return Err(ExportError::Empty);
        }
        let rules = policies.iter().map(|(method, principals)| rule(method, principals.as_ref())).collect::<Vec<_>>();
        let policy = json!({ "name": self.settings.workload.name, "allow_rules": rules });
        Ok(vec![File { name: "policy.json", content: Content::Json(policy) }])
    }
}

fn rule(method: &Method, principals: Option<&BTreeSet<String>>) -> Value {
    let request = json!({ "paths": [method.path] });
    match principals {
        None => json!({ "name": method.name(), "request": request }),
        Some(principals) => {
            json!({ "name": method.name(), "source": { "principals": principals }, "request": request })
        }
    }
}

impl Grpc<'_> {
    /// A caller with one of the peers' certificates. The server admits it with a good token beside the certificate, too.
    fn authenticated(&self, rule: &Rule) -> Result<Translation<Option<BTreeSet<String>>>, Loss> {
        self.check(rule)?;
        if !rule.peers.is_empty() {
            let peers = self.settings.certificates.peers(&rule.peers);
            return Ok(admitting(peers.iter().map(pattern)));
        }
        let mut losses = vec![Loss::new("authenticated", "only certificates with a SPIFFE ID are admitted")];
        if self.settings.tokens.is_some() && !rule.credentials.contains(&Credential::Mtls) {
            losses.push(Loss::new("authenticated", "tokens are not known; a caller needs a client certificate"));
        }
        Ok(Translation { policy: Some(Some(self.spiffe_ids())), losses })
    }

    /// A caller whose certificate has one of the roles by the settings.
    fn any_role(&self, roles: &BTreeSet<String>, rule: &Rule) -> Result<Translation<Option<BTreeSet<String>>>, Loss> {
        self.check(rule)?;
        if self.settings.tokens.is_some() {
            return Err(Loss::new("required_roles", "roles of tokens are not known"));
        }
        let holders = self.settings.certificates.holders(roles);
        let admits = |holder: &&Peer<'_>| rule.peers.is_empty() || rule.peers.iter().any(|peer| includes(peer, holder));
        Ok(admitting(holders.iter().filter(admits).map(pattern)))
    }

    /// What neither a path nor a certificate shows.
    fn check(&self, rule: &Rule) -> Result<(), Loss> {
        if rule.demands_token() {
            return Err(Loss::new("required_credentials", "tokens are not known"));
        }
        if !rule.scopes.is_empty() {
            return Err(Loss::new("required_scopes", "tokens are not known"));
        }
        if rule.tenant.is_some() {
            return Err(Loss::new("tenant", "fields of the request are not known"));
        }
        if rule.owner.is_some() {
            return Err(Loss::new("owner", "fields of the request are not known"));
        }
        match self.settings.certificates.authenticate {
            true => Ok(()),
            false => Err(Loss::new("authenticated", "tokens are not known, and certificates do not prove a caller")),
        }
    }

    fn spiffe_ids(&self) -> BTreeSet<String> {
        let trust_domains = &self.settings.certificates.trust_domains;
        match trust_domains.is_empty() {
            true => BTreeSet::from(["spiffe://*".to_owned()]),
            false => trust_domains.iter().map(|name| format!("spiffe://{name}/*")).collect(),
        }
    }
}

/// Without principals, a rule of gRPC would admit everyone.
fn admitting(principals: impl Iterator<Item = String>) -> Translation<Option<BTreeSet<String>>> {
    let principals = principals.collect::<BTreeSet<_>>();
    match principals.is_empty() {
        true => Translation::denied(),
        false => Translation::exact(Some(principals)),
    }
}

/// Neither a SPIFFE ID nor a DNS name of a rule has a `*` but for `/**`.
fn pattern(peer: &Peer<'_>) -> String {
    match peer {
        Peer::Dns(name) => (*name).to_owned(),
        Peer::Spiffe(id) => format!("spiffe://{id}"),
        Peer::SpiffeBelow(parent) => format!("spiffe://{parent}/*"),
    }
}

/// True if the peers of a rule include a certificate of the settings.
fn includes(peer: &str, holder: &Peer<'_>) -> bool {
    match (Peer::parse(peer), holder) {
        (Peer::SpiffeBelow(parent), Peer::Spiffe(id)) => {
            id.strip_prefix(parent).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'))
        }
        (peer, holder) => peer == *holder,
    }
}
