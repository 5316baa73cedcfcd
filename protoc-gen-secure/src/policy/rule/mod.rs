//! Reads one rule: who may call, and under which conditions.

mod conditions;
mod handling;
mod request_condition;
mod roles;

use std::fmt;

use super::lookup::Accepted;
use super::model::{Access, Notes, RulePolicy};
use super::scope_vocabulary::ScopeVocabulary;
use super::text;
use super::vocabulary::Vocabulary;
use crate::declared::DeclaredRule;
use crate::diagnostic::{Diagnostics, Lint, Refused};
use crate::schema::MethodRule;

pub(super) use conditions::{names_roles, names_scopes};
pub(super) use request_condition::RequestType;

/// The names that the rules of one service may use.
#[derive(Debug)]
pub(super) struct Names<'a> {
    pub(super) roles: Accepted<'a, Vocabulary>,
    pub(super) scopes: Accepted<'a, ScopeVocabulary>,
}

/// Reads one rule.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    /// Such as "the rule of `Orders.Get`".
    pub(super) whose: String,
    pub(super) rule: &'a DeclaredRule,
    /// The roles and scopes that the service accepts.
    pub(super) names: &'a Names<'a>,
    /// `None` for the default of a service, which applies to several requests.
    pub(super) request: Option<RequestType<'a>>,
}

impl Reader<'_> {
    /// # Errors
    ///
    /// The rule has a finding, which is in `found`.
    pub(super) fn read(&self, found: &mut Diagnostics) -> Result<RulePolicy, Refused> {
        let access = self.access(found);
        let conditions = self.conditions(found);
        let (handling, notes) = (self.handling(found), self.notes(found));
        Ok(RulePolicy { access: access?, conditions: conditions?, handling: handling?, notes: notes? })
    }

    fn notes(&self, found: &mut Diagnostics) -> Result<Notes, Refused> {
        let DeclaredRule { at, rule: MethodRule { public, public_reason, description, .. } } = self.rule;
        if !public_reason.is_empty() && *public != Some(true) && !self.answers().is_empty() {
            return Err(self.no_reason(found));
        }
        let mut read = |text: &String, name: &str| {
            let what = || format!("`{name}` in {}", self.whose);
            text::read(Some(text.as_str()).filter(|text| !text.is_empty()), what, at, found)
        };
        let (description, public_reason) = (read(description, "description"), read(public_reason, "public_reason"));
        Ok(Notes { description: description?, public_reason: public_reason? })
    }

    fn no_reason(&self, found: &mut Diagnostics) -> Refused {
        found.error(
            Lint::ContradictoryRule,
            &self.rule.at,
            format!("{} has `public_reason`, but not `public`", self.whose),
            "delete `public_reason`; write `description` to say what the rule is for",
        )
    }

    fn access(&self, found: &mut Diagnostics) -> Result<Access, Refused> {
        let flags = self.flags(found);
        let roles = self.required_roles(found);
        match self.answers().as_slice() {
            [] => Err(flags.err().unwrap_or_else(|| self.silent(found))),
            answers if self.ignores_credentials() && !matches!(answers, [Answer::Public]) => {
                Err(self.ignoring(answers, found))
            }
            [answer @ (Answer::Public | Answer::Denied)] if !self.idle_fields(*answer).is_empty() => {
                Err(self.unconditional(*answer, found))
            }
            [Answer::Public] if self.ignores_credentials() => flags.map(|()| Access::Anonymous),
            [Answer::Public] => flags.map(|()| Access::Public),
            [Answer::Denied] => flags.map(|()| Access::Denied),
            [Answer::Authenticated] => flags.map(|()| Access::Authenticated),
            [Answer::RequiredRoles] => flags.and(roles).map(Access::AnyRole),
            answers => Err(self.contradiction(answers, found)),
        }
    }

    fn answers(&self) -> Vec<Answer> {
        let MethodRule { public, authenticated, required_roles, denied, .. } = &self.rule.rule;
        let public = (*public == Some(true)).then_some(Answer::Public);
        let authenticated = (*authenticated == Some(true)).then_some(Answer::Authenticated);
        let required_roles = (!required_roles.is_empty()).then_some(Answer::RequiredRoles);
        let denied = (*denied == Some(true)).then_some(Answer::Denied);
        [public, authenticated, required_roles, denied].into_iter().flatten().collect()
    }

    fn flags(&self, found: &mut Diagnostics) -> Result<(), Refused> {
        let MethodRule { public, authenticated, denied, .. } = &self.rule.rule;
        let flags = [("public", public), ("authenticated", authenticated), ("denied", denied)];
        let flags = flags.map(|(name, value)| self.flag(name, *value, found));
        flags.into_iter().collect()
    }

    fn flag(&self, name: &str, value: Option<bool>, found: &mut Diagnostics) -> Result<(), Refused> {
        if value != Some(false) {
            return Ok(());
        }
        Err(found.error(
            Lint::FalseRule,
            &self.rule.at,
            format!("{} has `{name}: false`, which does not say who may call", self.whose),
            format!("delete `{name}: false`, and write {CHOICES}"),
        ))
    }

    fn ignores_credentials(&self) -> bool {
        self.rule.rule.ignore_credentials
    }

    /// The fields that can have no effect beside an answer. Delegated tokens are presented to public methods, too.
    fn idle_fields(&self, answer: Answer) -> Vec<&'static str> {
        let looks_at_tokens = matches!(answer, Answer::Public) && !self.ignores_credentials();
        let delegation = (self.rule.rule.delegation.is_some() && !looks_at_tokens).then_some("`delegation`");
        self.condition_fields().into_iter().chain(delegation).collect()
    }

    fn silent(&self, found: &mut Diagnostics) -> Refused {
        let MethodRule { public_reason, description, .. } = &self.rule.rule;
        let notes = [(public_reason, "`public_reason`"), (description, "`description`")];
        let notes = notes.into_iter().filter(|(text, _)| !text.is_empty()).map(|(_, field)| field);
        let (whose, fields) = (&self.whose, self.condition_fields().into_iter().chain(notes).collect::<Vec<_>>());
        let (message, help) = match fields.as_slice() {
            [] if self.ignores_credentials() => (
                format!("{whose} has `ignore_credentials`, but does not say who may call"),
                "add `public: true`".to_owned(),
            ),
            [] if self.rule.rule.delegation.is_some() => {
                (format!("{whose} has `delegation`, but does not say who may call"), format!("add {CHOICES}"))
            }
            [] => (format!("{whose} is empty"), format!("write {CHOICES}; an empty list of roles is not a rule")),
            fields => (
                format!("{whose} has {}, but does not say who may call", fields.join(" and ")),
                "add `authenticated: true` or `required_roles: [\"...\"]`".to_owned(),
            ),
        };
        found.error(Lint::EmptyRule, &self.rule.at, message, help)
    }

    fn contradiction(&self, answers: &[Answer], found: &mut Diagnostics) -> Refused {
        let answers = answers.iter().map(Answer::to_string).collect::<Vec<_>>();
        found.error(
            Lint::ContradictoryRule,
            &self.rule.at,
            format!("{} has {}, which contradict each other", self.whose, answers.join(" and ")),
            format!("keep one: {}", answers.join(" or ")),
        )
    }

    /// Credentials can be ignored only where nobody needs one.
    fn ignoring(&self, answers: &[Answer], found: &mut Diagnostics) -> Refused {
        let answers = answers.iter().map(Answer::to_string).collect::<Vec<_>>().join(" and ");
        found.error(
            Lint::ContradictoryRule,
            &self.rule.at,
            format!("{} has {answers} and `ignore_credentials`, which goes with `public` only", self.whose),
            format!("delete `ignore_credentials: true`, or write `public: true` instead of {answers}"),
        )
    }

    fn unconditional(&self, answer: Answer, found: &mut Diagnostics) -> Refused {
        let fields = self.idle_fields(answer).join(" and ");
        found.error(
            Lint::ContradictoryRule,
            &self.rule.at,
            format!("{} has {answer}, so {fields} can have no effect", self.whose),
            format!("delete {fields}, or write `authenticated: true` instead of {answer}"),
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

/// The ways to say who may call.
const CHOICES: &str = "`required_roles: [\"...\"]`, `authenticated: true`, `public: true` or `denied: true`";

#[cfg(test)]
mod tests;
