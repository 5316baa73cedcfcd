//! What a schema cannot know: who makes the tokens, how they look, and where the workload runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;

use super::ExportError;
use super::rules::Peer;
use crate::policy::is_peer_name;

/// The settings of all targets. Each target reads its part.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Left out: no caller has a token.
    pub(super) tokens: Option<Tokens>,
    pub(super) certificates: Certificates,
    pub(super) workload: Workload,
    pub(super) envoy: Envoy,
}

impl Settings {
    /// Reads settings in YAML or JSON.
    ///
    /// # Errors
    ///
    /// If the text has another form, or if a part needs something that is missing.
    pub(crate) fn parse(text: &str) -> Result<Self, ExportError> {
        let settings: Self = serde_saphyr::from_str(text).map_err(|error| ExportError::Yaml(error.to_string()))?;
        let problem = settings.tokens.as_ref().and_then(Tokens::problem).or_else(|| settings.certificates.problem());
        problem.map_or(Ok(settings), |problem| Err(ExportError::Settings(problem)))
    }

    /// The file of a key set that is still to be read.
    pub(crate) fn take_key_file(&mut self) -> Option<PathBuf> {
        self.tokens.as_mut()?.jwks_file.take()
    }

    /// Embeds a key set.
    pub(crate) fn set_keys(&mut self, jwks: String) {
        if let Some(tokens) = &mut self.tokens {
            tokens.jwks = Some(jwks);
        }
    }
}

/// The tokens that the server takes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tokens {
    /// `iss`, byte for byte.
    pub(super) issuer: String,
    /// `aud`, byte for byte.
    pub(super) audience: String,
    /// An https URL of the key set.
    pub(super) jwks_uri: Option<String>,
    /// The key set itself, as JSON text.
    pub(super) jwks: Option<String>,
    /// A file with it. The export holds what is in it now.
    pub(super) jwks_file: Option<PathBuf>,
    #[serde(default = "Claim::roles")]
    pub(super) roles: Claim,
    #[serde(default = "Claim::scopes")]
    pub(super) scopes: Claim,
    /// How many seconds after `exp` a token still counts. 30 if left out, as for the server.
    #[serde(default = "leeway")]
    pub(super) leeway: u32,
}

impl Tokens {
    fn problem(&self) -> Option<String> {
        match self {
            Self { jwks: None, jwks_file: None, jwks_uri: None, .. } => {
                Some("`jwks`, `jwks_file` or `jwks_uri` in `tokens`".to_owned())
            }
            Self { jwks_uri: Some(uri), .. } if host_and_port(uri).is_none() => {
                Some(format!("a `jwks_uri` like `https://id.example.com/keys`, and not `{}`", uri.escape_debug()))
            }
            _ => None,
        }
    }

    /// The host and the port of `jwks_uri`.
    pub(super) fn key_server(&self) -> Option<(&str, u16)> {
        host_and_port(self.jwks_uri.as_deref()?)
    }
}

/// The DNS name and the port of an https URL.
fn host_and_port(uri: &str) -> Option<(&str, u16)> {
    let authority = uri.strip_prefix("https://")?.split(['/', '?', '#']).next()?;
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, 443),
    };
    // A name in capitals is the same one.
    (is_peer_name(&host.to_ascii_lowercase())).then_some((host, port))
}

/// Where a list is in the claims.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claim {
    /// The names from the claims to the list.
    pub(super) claim: Vec<String>,
    #[serde(default)]
    pub(super) form: Form,
}

impl Claim {
    fn roles() -> Self {
        Self { claim: vec!["roles".to_owned()], form: Form::Array }
    }

    fn scopes() -> Self {
        Self { claim: vec!["scope".to_owned()], form: Form::Words }
    }
}

/// How a claim lists what it holds.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    /// An array of strings.
    #[default]
    Array,
    /// An object whose members have the names of the entries.
    Keys,
    /// A string of words with a space between any two.
    Words,
}

/// How the server uses client certificates.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Certificates {
    /// True if a certificate alone proves a caller.
    pub(super) authenticate: bool,
    /// Empty: SPIFFE IDs of any trust domain count.
    pub(super) trust_domains: Vec<String>,
    /// The roles of certificates that authenticate, by SPIFFE ID or DNS name.
    pub(super) roles: BTreeMap<String, Vec<String>>,
}

impl Certificates {
    /// A name that no certificate has would be written as a pattern.
    fn problem(&self) -> Option<String> {
        let is_name = |name: &&String| is_peer_name(name) && !name.ends_with("/**");
        if let Some(name) = self.roles.keys().find(|name| !is_name(name)) {
            let name = name.escape_debug();
            return Some(format!("SPIFFE IDs or DNS names in `certificates.roles`, and not `{name}`"));
        }
        let is_trust_domain = |name: &&String| is_peer_name(&format!("spiffe://{name}/a")) && !name.contains('/');
        let name = self.trust_domains.iter().find(|name| !is_trust_domain(name))?;
        Some(format!("names like `example.org` in `certificates.trust_domains`, and not `{}`", name.escape_debug()))
    }

    /// The certificates that give one of these roles.
    pub(super) fn holders(&self, roles: &BTreeSet<String>) -> Vec<Peer<'_>> {
        let holds = |held: &[String]| held.iter().any(|role| roles.contains(role));
        let holders = self.roles.iter().filter(|(_, held)| self.authenticate && holds(held));
        holders.map(|(name, _)| Peer::parse(name)).filter(|peer| self.trusts(peer)).collect()
    }

    /// The peers of a rule, without those whose certificates the server refuses.
    pub(super) fn peers<'a>(&self, peers: &'a BTreeSet<String>) -> Vec<Peer<'a>> {
        peers.iter().map(|peer| Peer::parse(peer)).filter(|peer| self.trusts(peer)).collect()
    }

    fn trusts(&self, peer: &Peer<'_>) -> bool {
        let (Peer::Spiffe(id) | Peer::SpiffeBelow(id)) = peer else { return true };
        let trust_domain = id.split('/').next().unwrap_or_default();
        self.trust_domains.is_empty() || self.trust_domains.iter().any(|name| name == trust_domain)
    }
}

/// Where the server runs, in Kubernetes.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Workload {
    pub(super) name: String,
    pub(super) namespace: String,
    /// The labels of its pods. Left out: `app: NAME`.
    pub(super) labels: BTreeMap<String, String>,
    /// The port of its service, for routes.
    pub(super) port: u16,
    /// The gateway that its routes belong to.
    pub(super) gateway: String,
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            name: "server".to_owned(),
            namespace: "default".to_owned(),
            labels: BTreeMap::new(),
            port: 443,
            gateway: "gateway".to_owned(),
        }
    }
}

impl Workload {
    pub(super) fn labels(&self) -> BTreeMap<String, String> {
        match self.labels.is_empty() {
            true => BTreeMap::from([("app".to_owned(), self.name.clone())]),
            false => self.labels.clone(),
        }
    }
}

/// What Envoy does besides deciding.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Envoy {
    /// Takes gRPC-Web as well.
    pub(super) grpc_web: bool,
    /// The origins whose pages may call. Empty: no page of another origin may.
    pub(super) cors_origins: Vec<String>,
    /// Left out: only the filters are written, without a listener.
    pub(super) listener: Option<Listener>,
}

/// A listener with TLS, and the server behind it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listener {
    pub(super) address: String,
    pub(super) port: u16,
    /// A file with the certificate chain, as PEM.
    pub(super) certificate: String,
    /// A file with its key, as PEM.
    pub(super) key: String,
    /// A file with the roots of client certificates. Left out: no client is asked for one.
    pub(super) client_roots: Option<String>,
    pub(super) upstream: Upstream,
}

/// The server that Envoy calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Upstream {
    pub(super) address: String,
    pub(super) port: u16,
    /// A file with the roots of its certificate.
    pub(super) roots: String,
    /// The DNS name in its certificate.
    pub(super) name: String,
}

fn leeway() -> u32 {
    30
}
