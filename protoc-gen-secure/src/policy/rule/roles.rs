//! The roles of a rule.

use std::collections::BTreeSet;

use super::super::RequiredRole;
use super::super::vocabulary::{Roles, Vocabulary};
use super::{Reader, quoted};
use crate::diagnostic::{Diagnostics, Location, Refused, Rule};

impl Reader<'_> {
    pub(super) fn required_roles(&self, found: &mut Diagnostics) -> Result<Vec<RequiredRole>, Refused> {
        self.list(&self.rule.required_roles, found)
    }

    /// Roles that are named by one field.
    pub(super) fn list(&self, names: &[String], found: &mut Diagnostics) -> Result<Vec<RequiredRole>, Refused> {
        let mut seen = BTreeSet::new();
        let mut roles = Vec::with_capacity(names.len());
        for name in names {
            roles.push(if seen.insert(name) { self.role(name, found) } else { Err(self.twice(name, found)) });
        }
        roles.into_iter().collect()
    }

    fn role(&self, name: &str, found: &mut Diagnostics) -> Result<RequiredRole, Refused> {
        let whose = format!("in {}", self.whose);
        check(name, &whose, &self.rule.at, found)?;
        match &self.roles {
            Roles::Any => RequiredRole::free(name).ok_or_else(|| self.nameless(name, found)),
            Roles::Closed { vocabulary, markers } => {
                let role = vocabulary.role(name).ok_or_else(|| self.unknown(name, vocabulary, found))?;
                Ok(RequiredRole::of(vocabulary, role, markers))
            }
            Roles::Refused(refused) => Err(*refused),
        }
    }

    fn twice(&self, role: &str, found: &mut Diagnostics) -> Refused {
        let whose = format!("in {}", self.whose);
        invalid(role, &whose, "is given twice", &self.rule.at, found)
    }

    fn unknown(&self, role: &str, vocabulary: &Vocabulary, found: &mut Diagnostics) -> Refused {
        let message = format!("the role {} in {} is not one of `{}`", quoted(role), self.whose, vocabulary.name);
        let help = match vocabulary.nearest(role) {
            _ if vocabulary.is_zero(role) => {
                "the value with the number 0 is no role: it is what is read where nothing was said".to_owned()
            }
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("its roles are {}", vocabulary.list()),
        };
        found.error(Rule::UnknownRole, &self.rule.at, message, help)
    }

    fn nameless(&self, role: &str, found: &mut Diagnostics) -> Refused {
        found.error(
            Rule::InvalidName,
            &self.rule.at,
            format!("the role {} in {} has no Rust name", quoted(role), self.whose),
            "give the role an ASCII letter or digit, or a `rust_name` in a vocabulary",
        )
    }
}

/// Lets a role pass that can be told from others, by machines and by reviewers.
pub(in super::super) fn check(role: &str, whose: &str, at: &Location, found: &mut Diagnostics) -> Result<(), Refused> {
    match problem(role) {
        Some(problem) => Err(invalid(role, whose, problem, at, found)),
        None => Ok(()),
    }
}

fn problem(role: &str) -> Option<&'static str> {
    if role.is_empty() {
        return Some("is empty");
    }
    if role.trim() != role {
        return Some("starts or ends with a blank");
    }
    if role.chars().any(is_invisible) {
        return Some("holds a character that cannot be seen");
    }
    (role.len() > LONGEST).then_some("is longer than 256 bytes")
}

/// Control characters, and those that hide or reorder their neighbours: roles are compared byte for byte, by machines
/// and by reviewers.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(letter, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}')
        || matches!(letter, '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
        || matches!(letter, '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || (letter.is_whitespace() && letter != ' ')
}

fn invalid(role: &str, whose: &str, problem: &str, at: &Location, found: &mut Diagnostics) -> Refused {
    found.error(
        Rule::InvalidRole,
        at,
        format!("the role {} {whose} {problem}", quoted(role)),
        "a role is 1 to 256 bytes of visible text without blanks around it, and stands in a rule once",
    )
}

const LONGEST: usize = 256;
