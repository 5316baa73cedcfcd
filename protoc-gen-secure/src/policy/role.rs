//! Roles as rules name them, and as a package declares them.

use std::collections::BTreeSet;

use crate::diagnostic::Location;

/// A role that a rule names.
#[derive(Clone, Debug)]
pub(crate) struct RequiredRole {
    pub(crate) name: String,
    /// The roles whose holders hold it: itself, then those that include it.
    pub(crate) held_by: Vec<String>,
    /// The roles that its holder holds: itself, then those that it includes.
    pub(crate) gives: Vec<String>,
    /// True if no vocabulary declares it.
    pub(crate) is_free: bool,
}

impl RequiredRole {
    /// A role that no vocabulary declares.
    pub(super) fn free(name: &str) -> Self {
        let only = vec![name.to_owned()];
        Self { name: name.to_owned(), held_by: only.clone(), gives: only, is_free: true }
    }
}

/// The roles that satisfy one of these, without repetition.
pub(crate) fn admitted(roles: &[RequiredRole]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let held_by = roles.iter().flat_map(|role| &role.held_by).map(String::as_str);
    held_by.filter(|role| seen.insert(*role)).collect()
}

/// The roles that a holder of any of these certainly holds.
pub(crate) fn implied(roles: &[RequiredRole]) -> Vec<&str> {
    let Some((first, rest)) = roles.split_first() else { return Vec::new() };
    let all_give = |name: &String| rest.iter().all(|role| role.gives.contains(name));
    first.gives.iter().filter(|name| all_give(name)).map(String::as_str).collect()
}

/// A role of a package.
#[derive(Clone, Debug)]
pub(crate) struct RolePolicy {
    pub(crate) name: String,
    /// The roles whose holders hold it, itself first.
    pub(crate) held_by: Vec<String>,
    /// The roles that it includes, as written.
    pub(crate) includes: Vec<String>,
    /// The name that a vocabulary gives it in Rust.
    pub(crate) rust_name: Option<String>,
    /// True if no vocabulary declares it.
    pub(crate) is_free: bool,
    /// What it is for, for reviewers.
    pub(crate) description: Option<String>,
    /// True if reports point out who gains access by it.
    pub(crate) is_sensitive: bool,
    /// Where it is declared, or first named.
    pub(crate) at: Location,
}
