//! `similar-roles`: where any string is a role, a typo is one too.

use std::collections::{BTreeSet, HashMap};

use crate::diagnostic::{Rule, Warnings};
use crate::policy::{Policy, RolePolicy, are_similar};

/// No two roles that no vocabulary has are almost alike.
pub(crate) fn similar_roles(policy: &Policy) -> Warnings {
    let free = policy.packages.iter().flat_map(|package| &package.roles).filter(|role| role.is_free);
    let mut seen = BTreeSet::new();
    let mut like = HashMap::<String, Vec<&RolePolicy>>::new();
    let mut warnings = Warnings::default();
    for role in free.filter(|role| seen.insert(role.role.as_str())) {
        let spellings = spellings(role.role.as_str());
        let alike = spellings.iter().filter_map(|spelling| like.get(spelling)).flatten();
        if let Some(other) = alike.copied().find(|other| are_similar(role.role.as_str(), other.role.as_str())) {
            let (first, name) = (other.role.as_str(), role.role.as_str());
            let message = format!("the roles {first:?} ({}) and {name:?} are almost alike", other.at);
            warnings.warn(Rule::SimilarRoles, &role.at, message, HELP);
        }
        spellings.into_iter().for_each(|spelling| like.entry(spelling).or_default().push(role));
    }
    warnings
}

/// The role without its case, and without any one of its letters: names that are one edit apart have one in common.
fn spellings(role: &str) -> BTreeSet<String> {
    let letters = role.to_lowercase().chars().collect::<Vec<_>>();
    let without = |left_out| letters.iter().enumerate().filter(move |(index, _)| *index != left_out);
    (0..=letters.len()).map(|left_out| without(left_out).map(|(_, letter)| *letter).collect()).collect()
}

const HELP: &str = "if they are one, write it the same way; else mark an enum with `option (secure.v1.roles) = {};`, so that \
    it is known which roles there are";
