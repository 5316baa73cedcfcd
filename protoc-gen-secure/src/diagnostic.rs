//! What is wrong with a schema, where, and what to write instead.

use std::collections::BTreeMap;
use std::fmt;

/// One finding, in the form every editor links: `file:line:column: error[rule]: message`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Diagnostic {
    pub(crate) at: Location,
    pub(crate) rule: Rule,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, rule, message, help } = self;
        write!(f, "{at}: {}[{rule}]: {message}\n  help: {help}", rule.severity())
    }
}

/// The stable name of a rule that schemas are checked against.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(clippy::enum_variant_names, reason = "variants are called like the rules in the manual")]
pub(crate) enum Rule {
    /// A rule answers the same question twice.
    ContradictoryRule,
    /// A rule is there and says nothing.
    EmptyRule,
    /// A field of a rule that can only be `true` is `false`.
    FalseRule,
    /// `tenant` names no claim.
    InvalidClaim,
    /// A credential is none, or required twice.
    InvalidCredential,
    /// `tenant` or `owner` names a field that cannot be compared.
    InvalidField,
    /// A name has no Rust identifier.
    InvalidName,
    /// A peer is no name of peers, or stands in a rule twice.
    InvalidPeer,
    /// A role is empty, repeated, or holds characters no role may hold.
    InvalidRole,
    /// A scope is none, or stands in a rule twice.
    InvalidScope,
    /// An enum cannot be a vocabulary as it is.
    InvalidVocabulary,
    /// A method has no rule.
    MissingRule,
    /// Two names are one in Rust.
    NameCollision,
    /// Our extension number belongs to another extension.
    NumberTaken,
    /// No rule of a whole file reached the generator.
    OptionsMissing,
    /// The request's `secure.v1` is not this generator's.
    SchemaMismatch,
    /// Two roles of no vocabulary are almost alike.
    SimilarRoles,
    /// A role is not in the vocabulary.
    UnknownRole,
    /// A service takes its roles from what is no vocabulary.
    UnknownVocabulary,
    /// The file uses an edition that the message generator cannot read.
    UnsupportedEdition,
}

impl Rule {
    /// Every rule, for the manual.
    #[cfg(test)]
    pub(crate) const ALL: &'static [Self] = &[
        Self::ContradictoryRule,
        Self::EmptyRule,
        Self::FalseRule,
        Self::InvalidClaim,
        Self::InvalidCredential,
        Self::InvalidField,
        Self::InvalidName,
        Self::InvalidPeer,
        Self::InvalidRole,
        Self::InvalidScope,
        Self::InvalidVocabulary,
        Self::MissingRule,
        Self::NameCollision,
        Self::NumberTaken,
        Self::OptionsMissing,
        Self::SchemaMismatch,
        Self::SimilarRoles,
        Self::UnknownRole,
        Self::UnknownVocabulary,
        Self::UnsupportedEdition,
    ];

    pub(crate) const fn severity(self) -> &'static str {
        match self {
            Self::SimilarRoles => "warning",
            _ => "error",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ContradictoryRule => "contradictory-rule",
            Self::EmptyRule => "empty-rule",
            Self::FalseRule => "false-rule",
            Self::InvalidClaim => "invalid-claim",
            Self::InvalidCredential => "invalid-credential",
            Self::InvalidField => "invalid-field",
            Self::InvalidName => "invalid-name",
            Self::InvalidPeer => "invalid-peer",
            Self::InvalidRole => "invalid-role",
            Self::InvalidScope => "invalid-scope",
            Self::InvalidVocabulary => "invalid-vocabulary",
            Self::MissingRule => "missing-rule",
            Self::NameCollision => "name-collision",
            Self::NumberTaken => "number-taken",
            Self::OptionsMissing => "options-missing",
            Self::SchemaMismatch => "schema-mismatch",
            Self::SimilarRoles => "similar-roles",
            Self::UnknownRole => "unknown-role",
            Self::UnknownVocabulary => "unknown-vocabulary",
            Self::UnsupportedEdition => "unsupported-edition",
        })
    }
}

/// A place in a `.proto`; line and column count from one.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Location {
    pub(crate) file: String,
    pub(crate) position: Option<(u32, u32)>,
}

impl Location {
    /// A file as a whole.
    pub(crate) fn file(name: &str) -> Self {
        Self { file: name.to_owned(), position: None }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some((line, column)) => write!(f, "{}:{line}:{column}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

/// The findings of a phase, and the gate behind it.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    pub(crate) fn error(
        &mut self,
        rule: Rule,
        at: &Location,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Refused {
        self.0.push(Diagnostic { at: at.clone(), rule, message: message.into(), help: help.into() });
        Refused(())
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
    pub(crate) fn warn(&mut self, rule: Rule, at: &Location, message: impl Into<String>, help: impl Into<String>) {
        self.0.push(Diagnostic { at: at.clone(), rule, message: message.into(), help: help.into() });
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
    let mut counts = BTreeMap::<Rule, usize>::new();
    for finding in findings {
        *counts.entry(finding.rule).or_default() += 1;
    }
    counts.iter().map(|(rule, count)| format!("{count} {rule}")).collect::<Vec<_>>().join(", ")
}

/// More findings than anybody reads at once.
const SHOWN: usize = 50;
