//! The methods of a manifest, as targets translate them.

use serde::Serialize;

use crate::manifest::{self, Kind, Manifest, Rule};

/// A method and its rule.
#[derive(Clone, Debug)]
pub(super) struct Method {
    /// As in `:path`, such as `/shop.v1.Orders/Get`. It ends in `/*` for a service whose methods the manifest does not
    /// name.
    pub(super) path: String,
    pub(super) rule: Rule,
    /// `None` if the manifest does not name the method.
    pub(super) kind: Option<Kind>,
    pub(super) notes: Notes,
}

/// What reviewers of the rule read. It changes no decision.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub(super) struct Notes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) public_reason: Option<String>,
}

impl Notes {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Method {
    /// `shop.v1.Orders/Get`: the name of the method's policy.
    pub(super) fn name(&self) -> &str {
        &self.path[1..]
    }

    /// `shop.v1.Orders` and `Get`.
    pub(super) fn parts(&self) -> (&str, &str) {
        self.name().split_once('/').unwrap_or_default()
    }
}

/// The methods of a manifest, sorted by path.
pub(super) fn methods(manifest: Manifest) -> Vec<Method> {
    let mut methods = Vec::new();
    for (service, declared) in manifest.services {
        let named = declared.methods.into_iter();
        methods.extend(named.map(|(name, method)| {
            let manifest::Method { description, kind, public_reason, rule, .. } = method;
            let notes = Notes { description, public_reason };
            Method { path: format!("/{service}/{name}"), rule, kind: Some(kind), notes }
        }));
        methods.extend(declared.rule.map(|rule| Method {
            path: format!("/{service}/*"),
            rule,
            kind: None,
            notes: Notes::default(),
        }));
    }
    methods.sort_by(|one, other| one.path.cmp(&other.path));
    methods
}

/// The name of a client certificate, as a rule or a setting has it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Peer<'a> {
    Dns(&'a str),
    /// A SPIFFE ID without `spiffe://`.
    Spiffe(&'a str),
    /// The SPIFFE IDs with at least one more segment. Without `spiffe://` and `/**`.
    SpiffeBelow(&'a str),
}

impl<'a> Peer<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        let Some(id) = text.strip_prefix("spiffe://") else { return Self::Dns(text) };
        id.strip_suffix("/**").map_or(Self::Spiffe(id), Self::SpiffeBelow)
    }
}
