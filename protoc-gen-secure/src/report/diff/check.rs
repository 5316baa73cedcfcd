//! What must not be in a comparison.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::super::sentence;
use super::{Allowed, Change, ChangeKind};
use crate::diagnostic::Location;
use crate::manifest::{Access, Manifest};

/// A named check. [`Check::Widening`] always runs.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Check {
    /// No method admits a caller that it refused before.
    Widening,
    /// No new method admits a caller, either.
    NewAccess,
    /// Every public method says why.
    PublicReason,
    /// No rule names the role.
    Role(String),
}

/// Something that a check found.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Finding {
    pub(crate) check: String,
    pub(crate) method: String,
    pub(crate) at: Location,
    pub(crate) message: String,
}

/// Runs the checks over a comparison and the manifest that it leads to. What is allowed is no finding.
pub(crate) fn check(checks: &[Check], changes: &[Change], new: &Manifest, allowed: &Allowed) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in checks {
        match check {
            Check::Widening => findings.extend(widened(check, changes)),
            Check::NewAccess => findings.extend(added(check, changes)),
            Check::PublicReason => findings.extend(unexplained(check, new)),
            Check::Role(role) => findings.extend(naming(check, role, new)),
        }
    }
    findings.retain(|finding| allowed.reason(&finding.method).is_none());
    findings
}

fn widened<'a>(check: &'a Check, changes: &'a [Change]) -> impl Iterator<Item = Finding> {
    let widened = changes.iter().filter(|change| matches!(change.kind, ChangeKind::Widened | ChangeKind::Moved));
    widened.filter_map(|change| admitting(check, change, "may call now and could not before"))
}

fn added<'a>(check: &'a Check, changes: &'a [Change]) -> impl Iterator<Item = Finding> {
    let added = changes.iter().filter(|change| change.kind == ChangeKind::Added);
    added.filter_map(|change| admitting(check, change, "may call this new method"))
}

fn admitting(check: &Check, change: &Change, what: &str) -> Option<Finding> {
    let Change { method, at, admits, sensitive_roles, .. } = change;
    let caller = sentence::caller(admits.as_ref()?);
    let sensitive = match sensitive_roles.is_empty() {
        true => String::new(),
        false => format!("; so may holders of the sensitive role {}", sentence::one_of(sensitive_roles)),
    };
    let message = format!("{method}: {caller} {what}{sensitive}");
    Some(Finding { check: check.to_string(), method: method.clone(), at: at.clone(), message })
}

fn unexplained<'a>(check: &'a Check, new: &'a Manifest) -> impl Iterator<Item = Finding> {
    let methods = new.services.iter().flat_map(|(service, entry)| {
        let methods =
            entry.methods.iter().map(|(name, it)| (name.as_str(), &it.rule, &it.declared_at, &it.public_reason));
        let all = entry.rule.iter().map(|rule| ("*", rule, &entry.declared_at, &None));
        methods.chain(all).map(move |(name, rule, at, reason)| (format!("{service}/{name}"), rule, at, reason))
    });
    let unexplained = methods
        .filter(|(_, rule, _, reason)| matches!(rule.access, Access::Anonymous | Access::Public) && reason.is_none());
    unexplained.map(move |(method, _, at, _)| {
        let message = format!("{method}: anyone may call, and no `public_reason` says why");
        Finding { check: check.to_string(), method, at: at.clone(), message }
    })
}

fn naming<'a>(check: &'a Check, role: &'a str, new: &'a Manifest) -> impl Iterator<Item = Finding> {
    let methods = new.services.iter().flat_map(|(service, entry)| {
        let methods = entry.methods.iter().map(|(name, it)| (name.as_str(), &it.rule, &it.declared_at));
        let all = entry.rule.iter().map(|rule| ("*", rule, &entry.declared_at));
        methods.chain(all).map(move |(name, rule, at)| (format!("{service}/{name}"), rule, at))
    });
    methods.filter(move |(_, rule, _)| rule.roles().any(|named| named == role)).map(move |(method, _, at)| {
        let message = format!("{method}: the role {role} has access");
        Finding { check: check.to_string(), method, at: at.clone(), message }
    })
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Widening => f.write_str("no-widening"),
            Self::NewAccess => f.write_str("no-new-access"),
            Self::PublicReason => f.write_str("no-public-without-reason"),
            Self::Role(role) => write!(f, "no-role={role}"),
        }
    }
}

impl FromStr for Check {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.split_once('=')) {
            ("no-widening", _) => Ok(Self::Widening),
            ("no-new-access", _) => Ok(Self::NewAccess),
            ("no-public-without-reason", _) => Ok(Self::PublicReason),
            (_, Some(("no-role", role))) if !role.is_empty() => Ok(Self::Role(role.to_owned())),
            _ => Err(format!(
                "there is no check `{text}`; known are `no-widening`, `no-new-access`, `no-public-without-reason` and \
                 `no-role=ROLE`"
            )),
        }
    }
}
