//! The manifest: the resolved rules of a whole API as data. Every report, comparison and export is a function of it.
//!
//! It holds, in the order of their bytes, each service with the resolved rule of every method, and each vocabulary of
//! roles. Equal rules give equal bytes. `tests/conformance/manifest.schema.json` is its JSON Schema.
//!
//! Descriptions and reasons for reviewers are in it, too, but not in the digest of a service: they change no decision.
//!
//! It does not hold messages, comments or anything about generated Rust.

mod digest;
#[cfg(any(test, feature = "cli"))] // nothing else reads manifests
mod read;
mod rule;
mod unique;
mod vocabulary;

use std::collections::BTreeMap;
#[cfg(feature = "cli")]
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Location, Positions};

pub(crate) use digest::digest;
#[cfg(feature = "cli")]
pub(crate) use read::ManifestError;
pub(crate) use rule::{Access, Credential, DelegationRule, OwnerRule, Rule, TenantRule};
pub(crate) use vocabulary::{Role, Scope, ScopeVocabulary, Vocabulary};

/// The rules of every service of an API.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// By the full name of the enum, such as `shop.v1.Scope`.
    #[serde(default, deserialize_with = "unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) scope_vocabularies: BTreeMap<String, ScopeVocabulary>,
    /// By full name, such as `shop.v1.Orders`.
    #[serde(deserialize_with = "unique::map")]
    pub(crate) services: BTreeMap<String, Service>,
    version: Version,
    /// By the full name of the enum, such as `shop.v1.Role`.
    #[serde(default, deserialize_with = "unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) vocabularies: BTreeMap<String, Vocabulary>,
}

/// The rules of one service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    /// Where the service is declared. For one with a rule of its own, where that is written.
    pub(crate) declared_at: Location,
    /// The SHA-256 of its rules; see [`digest()`].
    pub(crate) digest: String,
    /// By name, such as `GetOrder`.
    #[serde(default, deserialize_with = "unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) methods: BTreeMap<String, Method>,
    /// One rule for every method, named here or not: that of a vendored service, which another generator made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rule: Option<Rule>,
    /// The vocabulary that its scopes are from. Without one, any scope is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scope_vocabulary: Option<String>,
    /// The vocabulary that its roles are from. Without one, any string is a role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) vocabulary: Option<String>,
}

/// The rule of one method.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Method {
    /// Which calls the audit log records. All, if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audit: Option<Audit>,
    /// Where the rule is written. For a default, that is in the options of the service.
    pub(crate) declared_at: Location,
    /// What the rule is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) kind: Kind,
    /// Why anyone may call. Only a public method has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) public_reason: Option<String>,
    /// Whose rate limit its calls count for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rate_class: Option<String>,
    pub(crate) rule: Rule,
    pub(crate) source: Source,
}

/// Which calls of a method the audit log records.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Audit {
    /// Refused calls.
    Deny,
}

/// The four kinds of RPC.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    BidiStreaming,
    ClientStreaming,
    ServerStreaming,
    Unary,
}

/// What a rule is written for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    /// The method itself.
    Method,
    /// Every method of the service that has no rule of its own.
    ServiceDefault,
}

/// The form of the manifest.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "u64", into = "u64")]
struct Version;

impl Manifest {
    /// Services without vocabularies.
    pub(crate) fn of(services: BTreeMap<String, Service>) -> Self {
        Self { services, ..Self::default() }
    }

    /// The same with the vocabularies that its services use.
    pub(crate) fn with_vocabularies(
        self,
        vocabularies: BTreeMap<String, Vocabulary>,
        scope_vocabularies: BTreeMap<String, ScopeVocabulary>,
    ) -> Self {
        Self { vocabularies, scope_vocabularies, ..self }
    }

    /// The same with or without lines and columns.
    pub(crate) fn shown(mut self, positions: Positions) -> Self {
        let vocabularies = self.vocabularies.values_mut();
        let roles = vocabularies
            .flat_map(|it| it.roles.values_mut().map(|role| &mut role.declared_at).chain([&mut it.declared_at]));
        let services = self.services.values_mut();
        let methods = services
            .flat_map(|it| it.methods.values_mut().map(|method| &mut method.declared_at).chain([&mut it.declared_at]));
        let scopes = self.scope_vocabularies.values_mut();
        let scopes = scopes
            .flat_map(|it| it.scopes.values_mut().map(|scope| &mut scope.declared_at).chain([&mut it.declared_at]));
        roles.chain(methods).chain(scopes).for_each(|at| *at = at.shown(positions));
        self
    }

    /// The manifest as JSON for people: one member a line, and a line feed at the end.
    pub(crate) fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("names are strings");
        text.push('\n');
        text
    }

    /// Adds what another manifest says.
    ///
    /// # Errors
    ///
    /// Fails if both hold a service or a vocabulary of one name and different content.
    pub(crate) fn merge(&mut self, other: Self) -> Result<(), Ambiguous> {
        merge(&mut self.services, other.services)?;
        merge(&mut self.scope_vocabularies, other.scope_vocabularies)?;
        merge(&mut self.vocabularies, other.vocabularies)
    }
}

/// Two manifests describe a service or a vocabulary of this name differently.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is in two manifests, with different content")]
pub(crate) struct Ambiguous(String);

fn merge<T: Eq>(all: &mut BTreeMap<String, T>, more: BTreeMap<String, T>) -> Result<(), Ambiguous> {
    for (name, item) in more {
        if all.get(&name).is_some_and(|known| *known != item) {
            return Err(Ambiguous(name));
        }
        all.insert(name, item);
    }
    Ok(())
}

impl Service {
    /// A service with the digest of its rules, and without vocabularies.
    pub(crate) fn new(name: &str, declared_at: Location, methods: BTreeMap<String, Method>) -> Self {
        let digest = digest(name, &methods, None);
        Self { declared_at, digest, methods, rule: None, scope_vocabulary: None, vocabulary: None }
    }
}

#[cfg(feature = "cli")]
impl Manifest {
    /// The roles that a rule or a vocabulary names.
    pub(crate) fn roles(&self) -> BTreeSet<&String> {
        let rules = self
            .services
            .values()
            .flat_map(|service| service.methods.values().map(|method| &method.rule).chain(&service.rule));
        let of_vocabularies = self.vocabularies.values().flat_map(|vocabulary| vocabulary.roles.keys());
        rules.flat_map(Rule::roles).chain(of_vocabularies).collect()
    }

    /// What its vocabulary says about a role of a service.
    pub(crate) fn role(&self, service: &Service, role: &str) -> Option<&Role> {
        self.vocabularies.get(service.vocabulary.as_ref()?)?.roles.get(role)
    }

    /// What its vocabulary says about a scope of a service.
    pub(crate) fn scope(&self, service: &Service, scope: &str) -> Option<&Scope> {
        self.scope_vocabularies.get(service.scope_vocabulary.as_ref()?)?.scopes.get(scope)
    }
}

impl TryFrom<u64> for Version {
    type Error = String;

    fn try_from(version: u64) -> Result<Self, String> {
        match version {
            VERSION => Ok(Self),
            _ => Err(format!("the manifest has version {version}, and this protoc-gen-secure reads version {VERSION}")),
        }
    }
}

impl From<Version> for u64 {
    fn from(Version: Version) -> Self {
        VERSION
    }
}

/// True for a manifest of any version, even one that was merged badly: it starts like one.
pub(crate) fn looks_like_one(text: &str) -> bool {
    ["scope_vocabularies", "services"].iter().any(|first| text.starts_with(&format!("{{\n  \"{first}\": {{")))
}

/// Raised whenever an older reader would take a manifest for something that it does not say.
const VERSION: u64 = 1;

#[cfg(test)]
mod tests;
