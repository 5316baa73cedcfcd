//! How well a target holds each rule.

use std::fmt;

use super::{Allowed, ExportError, Loss};

/// How well a policy of the target holds one rule.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Fit {
    /// The target decides as the server does.
    Exact,
    /// The target refuses some callers that the server admits.
    Stricter(Vec<Loss>),
    /// The target has no words for a condition, so nobody may call.
    Inexpressible(Loss),
}

/// The fit of every method, sorted by path.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Report {
    methods: Vec<(String, Fit)>,
}

impl Report {
    pub(super) fn add(&mut self, path: &str, fit: Fit) {
        self.methods.push((path.to_owned(), fit));
    }

    /// True if the target decides as the server does, for every method.
    pub(crate) fn is_exact(&self) -> bool {
        self.methods.iter().all(|(_, fit)| *fit == Fit::Exact)
    }

    /// Fails with what is not allowed.
    pub(super) fn check(&self, allowed: Allowed) -> Result<(), ExportError> {
        let is_refused = |(_, fit): &&(String, Fit)| match fit {
            Fit::Exact => false,
            Fit::Stricter(_) => !allowed.stricter,
            Fit::Inexpressible(_) => !allowed.partial,
        };
        let methods = self.methods.iter().filter(is_refused).cloned().collect::<Vec<_>>();
        match methods.is_empty() {
            true => Ok(()),
            false => Err(ExportError::Inexact(Self { methods })),
        }
    }
}

/// The methods whose policy is not exact, one condition a line.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        for (path, fit) in &self.methods {
            match fit {
                Fit::Exact => {}
                Fit::Stricter(losses) => {
                    lines.extend(
                        losses.iter().map(|loss| format!("{path}: stricter[{}]: {}", loss.condition, loss.reason)),
                    );
                }
                Fit::Inexpressible(Loss { condition, reason }) => {
                    lines.push(format!("{path}: not-expressible[{condition}]: {reason}"));
                }
            }
        }
        f.write_str(&lines.join("\n"))
    }
}
