//! The vocabularies of roles and of scopes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Not;

use serde::{Deserialize, Serialize};

use super::unique;
use crate::diagnostic::Location;

/// A closed set of roles.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vocabulary {
    pub(crate) declared_at: Location,
    /// By name, such as `clerk`.
    #[serde(deserialize_with = "unique::map")]
    pub(crate) roles: BTreeMap<String, Role>,
}

/// One role of a vocabulary.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Role {
    pub(crate) declared_at: Location,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// The roles that its holder holds too, as written: those that they include are not repeated.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) includes: BTreeSet<String>,
    /// True if reports point out who gains access by it.
    #[serde(default, rename = "sensitive", skip_serializing_if = "Not::not")]
    pub(crate) is_sensitive: bool,
}

/// A closed set of scopes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScopeVocabulary {
    pub(crate) declared_at: Location,
    /// By name, such as `orders:read`.
    #[serde(deserialize_with = "unique::map")]
    pub(crate) scopes: BTreeMap<String, Scope>,
}

/// One scope of a vocabulary.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scope {
    pub(crate) declared_at: Location,
    /// What it permits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

#[cfg(feature = "cli")]
impl Vocabulary {
    /// The roles that a holder of `role` holds too, directly or through other roles.
    pub(crate) fn held_with(&self, role: &str) -> BTreeSet<&str> {
        let mut held = BTreeSet::new();
        let mut open = self.roles.get(role).into_iter().collect::<Vec<_>>();
        while let Some(next) = open.pop() {
            for included in &next.includes {
                if held.insert(included.as_str()) {
                    open.extend(self.roles.get(included));
                }
            }
        }
        held
    }
}
