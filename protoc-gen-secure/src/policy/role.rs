//! Roles as rules name them, with what holds and what gives each.

use std::collections::BTreeSet;

use super::vocabulary::{Vocabulary, VocabularyRole};
use super::{RoleName, TypePath};
use crate::diagnostic::Location;

/// A role that a rule names.
#[derive(Clone, Debug)]
pub(crate) struct RequiredRole {
    pub(crate) role: RoleName,
    /// The roles whose holders hold it: itself, then those that include it.
    pub(crate) held_by: Vec<String>,
    /// The markers of the roles that its holder holds, itself first, each with the name of its role.
    gives: Vec<(String, TypePath)>,
    is_free: bool,
}

impl RequiredRole {
    /// A role of no vocabulary; `None` if it has no Rust name.
    pub(super) fn free(name: &str) -> Option<Self> {
        let role = RoleName::new(name)?;
        let gives = vec![(name.to_owned(), TypePath::roles().join(role.marker()))];
        Some(Self { role, held_by: vec![name.to_owned()], gives, is_free: true })
    }

    /// A role of a vocabulary whose markers are in this module.
    pub(super) fn of(vocabulary: &Vocabulary, role: &VocabularyRole, markers: &TypePath) -> Self {
        let included = role.includes.iter().filter_map(|name| vocabulary.role(name));
        let given = [role].into_iter().chain(included).map(|role| &role.role);
        Self {
            held_by: vocabulary.held_by(role.role.as_str()),
            gives: given.map(|role| (role.as_str().to_owned(), markers.join(role.marker()))).collect(),
            role: role.role.clone(),
            is_free: false,
        }
    }

    /// What the marker of a free role needs.
    pub(super) fn marker(&self, at: &Location) -> Option<RolePolicy> {
        let Self { role, held_by, .. } = self;
        self.is_free.then(|| RolePolicy { role: role.clone(), held_by: held_by.clone(), is_free: true, at: at.clone() })
    }
}

/// The roles that admit where any of these does, without repetition.
pub(crate) fn admitted(roles: &[RequiredRole]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let held_by = roles.iter().flat_map(|role| &role.held_by).map(String::as_str);
    held_by.filter(|role| seen.insert(*role)).collect()
}

/// The markers of the roles that everybody holds who holds any of these.
pub(crate) fn implied(roles: &[RequiredRole]) -> Vec<&TypePath> {
    let Some((first, rest)) = roles.split_first() else { return Vec::new() };
    let all_give = |name: &String| rest.iter().all(|role| role.gives.iter().any(|(given, _)| given == name));
    first.gives.iter().filter(|(name, _)| all_give(name)).map(|(_, marker)| marker).collect()
}

/// A role with its marker, in the package where it is generated.
#[derive(Clone, Debug)]
pub(crate) struct RolePolicy {
    pub(crate) role: RoleName,
    /// The roles whose holders hold it, itself first.
    pub(crate) held_by: Vec<String>,
    /// True if no vocabulary has it.
    pub(crate) is_free: bool,
    /// Where it is declared, or first named.
    pub(crate) at: Location,
}
