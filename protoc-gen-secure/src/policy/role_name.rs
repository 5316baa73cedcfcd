//! `invalid-role`: roles that machines and reviewers can tell apart.

use crate::diagnostic::{Diagnostics, Lint, Location, Refused, is_invisible};

/// Refuses a role that is not visible text of a reasonable length. `whose` is such as "in the rule of `Orders.Get`".
pub(super) fn check(role: &str, whose: &str, at: &Location, found: &mut Diagnostics) -> Result<(), Refused> {
    match problem(role) {
        Some(problem) => Err(invalid(role, whose, problem, at, found)),
        None => Ok(()),
    }
}

/// The finding about a role.
pub(super) fn invalid(role: &str, whose: &str, problem: &str, at: &Location, found: &mut Diagnostics) -> Refused {
    found.error(
        Lint::InvalidRole,
        at,
        format!("the role {} {whose} {problem}", quoted(role)),
        "a role is 1 to 256 bytes of visible text without blanks at its ends, and occurs in a rule once",
    )
}

/// The text as it would be written in the `.proto`, shortened to a line.
pub(super) fn quoted(text: &str) -> String {
    let mut start = text.chars().take(MAX_QUOTED_CHARACTERS).collect::<String>();
    if start.len() < text.len() {
        start.push('…');
    }
    format!("`{start:?}`")
}

fn problem(role: &str) -> Option<&'static str> {
    if role.is_empty() {
        return Some("is empty");
    }
    if role.trim() != role {
        return Some("starts or ends with a blank");
    }
    if role.chars().any(is_invisible) {
        return Some("contains an invisible character");
    }
    (role.len() > MAX_BYTES).then_some("is longer than 256 bytes")
}

const MAX_BYTES: usize = 256;

const MAX_QUOTED_CHARACTERS: usize = 64;
