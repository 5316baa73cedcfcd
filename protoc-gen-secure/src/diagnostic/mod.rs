//! Findings: what is wrong with a schema, where, and what to write instead.

mod lint;
mod location;
mod text;

use std::collections::BTreeMap;
use std::fmt;

pub(crate) use lint::Lint;
pub(crate) use location::Location;
pub(crate) use text::{is_invisible, visible};

/// One finding, in the form every editor links: `file:line:column: error[lint]: message`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Diagnostic {
    pub(crate) at: Location,
    pub(crate) lint: Lint,
    /// That of the lint, unless a setting raised it.
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, lint, severity, message, help } = self;
        let (at, message, help) = (at.to_string(), visible(message), visible(help));
        write!(f, "{}: {}[{lint}]: {message}\n  help: {help}", visible(&at), severity.name())
    }
}

/// How much a finding keeps from happening.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Severity {
    /// Nothing is generated.
    Error,
    /// Everything is generated.
    Warning,
}

impl Severity {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Whether generated files say in which line something is written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Positions {
    #[default]
    Lines,
    /// Only in which file.
    None,
}

/// The findings of a phase, and the gate behind it.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    pub(crate) fn error(
        &mut self,
        lint: Lint,
        at: &Location,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Refused {
        let (message, help) = (message.into(), help.into());
        self.0.push(Diagnostic { at: at.clone(), lint, severity: Severity::Error, message, help });
        Refused(())
    }

    pub(crate) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// By file and position.
    #[cfg(feature = "cli")]
    pub(crate) fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.0.sort();
        self.0
    }

    /// Lets `value` pass if nothing was found.
    pub(crate) fn gate<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

/// Findings that keep nothing from being generated.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Vec<Diagnostic>);

impl Warnings {
    pub(crate) fn warn(&mut self, lint: Lint, at: &Location, message: impl Into<String>, help: impl Into<String>) {
        let (message, help) = (message.into(), help.into());
        self.0.push(Diagnostic { at: at.clone(), lint, severity: Severity::Warning, message, help });
    }

    /// The same findings as errors.
    pub(crate) fn into_errors(self) -> Diagnostics {
        Diagnostics(self.0.into_iter().map(|found| Diagnostic { severity: Severity::Error, ..found }).collect())
    }

    pub(crate) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// By file and position.
    #[cfg(feature = "cli")]
    pub(crate) fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.0.sort();
        self.0
    }

    /// Forgets the findings of these lints.
    pub(crate) fn allow(mut self, lints: &[Lint]) -> Self {
        self.0.retain(|finding| !lints.contains(&finding.lint));
        self
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(ToString::to_string)
    }
}

/// Proof that something was found: what is missing from a result is missing for a reason the user reads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Refused(());

/// A summary line, then one finding after the other, by file and position; of too many, the rest is counted.
impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut findings = self.0.iter().collect::<Vec<_>>();
        findings.sort();
        match findings.len() {
            1 => f.write_str("1 error in the schema")?,
            count => write!(f, "{count} errors in the schema")?,
        }
        let (shown, rest) = findings.split_at(findings.len().min(SHOWN));
        for finding in shown {
            write!(f, "\n{finding}")?;
        }
        if rest.is_empty() { Ok(()) } else { write!(f, "\nand {} more: {}", rest.len(), counts(rest)) }
    }
}

fn counts(findings: &[&Diagnostic]) -> String {
    let mut counts = BTreeMap::<Lint, usize>::new();
    for finding in findings {
        *counts.entry(finding.lint).or_default() += 1;
    }
    counts.iter().map(|(lint, count)| format!("{count} {lint}")).collect::<Vec<_>>().join(", ")
}

/// The number of findings that are printed. The others are counted.
const SHOWN: usize = 50;
