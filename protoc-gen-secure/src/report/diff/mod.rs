//! Two manifests compared by meaning: which methods admit a caller that they refused before, and such a caller.

mod allow;
mod check;
mod compare;
mod format;

use std::collections::BTreeSet;

use serde::Serialize;

use super::caller::Caller;
use crate::diagnostic::Location;
use crate::manifest::Rule;

pub(crate) use allow::{AllowError, Allowed};
pub(crate) use check::{Check, Finding, check};
pub(crate) use compare::compare;
pub(crate) use format::Format;

/// One method whose rule means something else.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Change {
    /// `shop.v1.Orders/Get`; `shop.v1.Orders/*` for the rule of a whole vendored service.
    pub(crate) method: String,
    pub(crate) kind: ChangeKind,
    /// Where the new rule is written, or the old one of a removed method.
    pub(crate) at: Location,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) old: Option<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) new: Option<Rule>,
    /// The smallest caller who may call now and could not before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) admits: Option<Caller>,
    /// The smallest caller who could call before and may not now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refuses: Option<Caller>,
    /// The sensitive roles whose holders may call now and could not before.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) sensitive_roles: BTreeSet<String>,
}

/// What a change does.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChangeKind {
    /// Somebody may call now who could not before, and nobody lost access.
    Widened,
    /// Somebody may call now who could not before, and somebody lost access.
    Moved,
    /// The method is new.
    Added,
    /// Somebody lost access, and nobody may call who could not before.
    Narrowed,
    /// The method is gone.
    Removed,
}

impl ChangeKind {
    pub(crate) const ALL: [Self; 5] = [Self::Widened, Self::Moved, Self::Added, Self::Narrowed, Self::Removed];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Widened => "widened",
            Self::Moved => "moved",
            Self::Added => "added",
            Self::Narrowed => "narrowed",
            Self::Removed => "removed",
        }
    }
}

#[cfg(test)]
mod tests;
