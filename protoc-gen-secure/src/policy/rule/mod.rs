//! One rule, read as an answer to who may call.

mod bound;
mod narrow;
mod roles;

use std::fmt;

use super::vocabulary::Roles;
use super::{Access, RulePolicy};
use crate::declared::DeclaredRule;
use crate::diagnostic::{Diagnostics, Refused, Rule};

pub(super) use bound::RequestType;
pub(super) use roles::check as check_role;

/// Reads one rule. What it says of roles means what `roles` says.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    /// Such as "the rule of `Orders.Get`".
    pub(super) whose: String,
    pub(super) rule: &'a DeclaredRule,
    pub(super) roles: Roles<'a>,
    /// What a rule for any of several methods does not know yet.
    pub(super) request: Option<RequestType<'a>>,
}

impl Reader<'_> {
    pub(super) fn read(&self, found: &mut Diagnostics) -> Result<RulePolicy, Refused> {
        let access = self.access(found);
        let scopes = self.scopes(found);
        let credentials = self.credentials(found);
        let peers = self.peers(found);
        let bounds = self.bounds(found);
        Ok(RulePolicy { access: access?, scopes: scopes?, credentials: credentials?, peers: peers?, bounds: bounds? })
    }

    fn access(&self, found: &mut Diagnostics) -> Result<Access, Refused> {
        let flags = self.flags(found);
        let roles = self.required_roles(found);
        match self.answers().as_slice() {
            [] => Err(flags.err().unwrap_or_else(|| self.silent(found))),
            [answer @ (Answer::Public | Answer::Denied)] if !self.narrows().is_empty() => {
                Err(self.unnarrowed(*answer, found))
            }
            [Answer::Public] => flags.map(|()| Access::Public),
            [Answer::Denied] => flags.map(|()| Access::Denied),
            [Answer::Authenticated] => flags.map(|()| Access::Authenticated),
            [Answer::RequiredRoles] => flags.and(roles).map(Access::AnyRole),
            answers => Err(self.contradiction(answers, found)),
        }
    }

    fn answers(&self) -> Vec<Answer> {
        let DeclaredRule { public, authenticated, required_roles, denied, .. } = self.rule;
        let public = (*public == Some(true)).then_some(Answer::Public);
        let authenticated = (*authenticated == Some(true)).then_some(Answer::Authenticated);
        let required_roles = (!required_roles.is_empty()).then_some(Answer::RequiredRoles);
        let denied = (*denied == Some(true)).then_some(Answer::Denied);
        [public, authenticated, required_roles, denied].into_iter().flatten().collect()
    }

    /// The fields that narrow the answer, by name.
    fn narrows(&self) -> Vec<&'static str> {
        let DeclaredRule { required_scopes, required_credentials, peers, tenant, owner, .. } = self.rule;
        let fields = [
            (!required_scopes.is_empty(), "`required_scopes`"),
            (!required_credentials.is_empty(), "`required_credentials`"),
            (!peers.is_empty(), "`peers`"),
            (tenant.is_some(), "`tenant`"),
            (owner.is_some(), "`owner`"),
        ];
        fields.into_iter().filter_map(|(is_there, field)| is_there.then_some(field)).collect()
    }

    fn flags(&self, found: &mut Diagnostics) -> Result<(), Refused> {
        let DeclaredRule { public, authenticated, denied, .. } = self.rule;
        let flags = [("public", public), ("authenticated", authenticated), ("denied", denied)];
        let flags = flags.map(|(name, value)| self.flag(name, *value, found));
        flags.into_iter().collect()
    }

    fn flag(&self, name: &str, value: Option<bool>, found: &mut Diagnostics) -> Result<(), Refused> {
        if value != Some(false) {
            return Ok(());
        }
        Err(found.error(
            Rule::FalseRule,
            &self.rule.at,
            format!("{} says `{name}: false`, which does not say who may call", self.whose),
            format!("delete `{name}: false`, and write {CHOICES}"),
        ))
    }

    fn silent(&self, found: &mut Diagnostics) -> Refused {
        let (whose, narrows) = (&self.whose, self.narrows());
        let (message, help) = match narrows.as_slice() {
            [] => (format!("{whose} says nothing"), format!("write {CHOICES}; an empty list of roles is no rule")),
            narrows => (
                format!("{whose} says {}, but not whom that narrows", narrows.join(" and ")),
                "add `authenticated: true` or `required_roles: [\"...\"]`".to_owned(),
            ),
        };
        found.error(Rule::EmptyRule, &self.rule.at, message, help)
    }

    fn contradiction(&self, answers: &[Answer], found: &mut Diagnostics) -> Refused {
        let answers = answers.iter().map(Answer::to_string).collect::<Vec<_>>();
        found.error(
            Rule::ContradictoryRule,
            &self.rule.at,
            format!("{} says {}", self.whose, answers.join(" and ")),
            format!("keep one: {}", answers.join(" or ")),
        )
    }

    fn unnarrowed(&self, answer: Answer, found: &mut Diagnostics) -> Refused {
        let narrows = self.narrows().join(" and ");
        found.error(
            Rule::ContradictoryRule,
            &self.rule.at,
            format!("{} says {answer}, and {narrows}, which cannot narrow it", self.whose),
            format!("delete {narrows}, or write `authenticated: true` instead of {answer}"),
        )
    }
}

/// A way to say who may call, by the name of its field.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Authenticated,
    Denied,
    Public,
    RequiredRoles,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authenticated => "`authenticated`",
            Self::Denied => "`denied`",
            Self::Public => "`public`",
            Self::RequiredRoles => "`required_roles`",
        })
    }
}

/// The text as it would stand in the `.proto`, cut where it becomes tiresome.
fn quoted(text: &str) -> String {
    let mut start = text.chars().take(SHOWN).collect::<String>();
    if start.len() < text.len() {
        start.push('…');
    }
    format!("`{start:?}`")
}

const SHOWN: usize = 64;

/// What a rule can say.
const CHOICES: &str = "`required_roles: [\"...\"]`, `authenticated: true`, `public: true` or `denied: true`";

#[cfg(test)]
mod tests;
