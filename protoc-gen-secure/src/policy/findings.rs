//! The findings that vocabularies of roles and of scopes have in common.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostics, Lint, Location, Refused};
use crate::schema;

/// The findings about one vocabulary.
pub(super) struct Findings<'a> {
    /// The noun for one value: `role` or `scope`.
    pub(super) noun: &'static str,
    /// The full name of the enum.
    pub(super) vocabulary: &'a str,
    pub(super) found: &'a mut Diagnostics,
}

impl Findings<'_> {
    pub(super) fn unmarked(&mut self, at: &Location) -> Refused {
        let Self { noun, vocabulary, .. } = self;
        let message = format!("`{vocabulary}` has {noun}s, but is not marked as a vocabulary");
        let help = format!("add `option {} = {{}};` to the enum", schema::option(&format!("{noun}s"), vocabulary));
        self.invalid(at, message, &help)
    }

    /// 0 is the value of an unset field.
    pub(super) fn zero(&mut self, value: &str, at: &Location) -> Refused {
        let noun = self.noun;
        let message = format!("`{value}` has the number 0, so it cannot be a {noun}: 0 is the value of an unset field");
        self.invalid(at, message, &format!("give the {noun} another number, and use 0 for `..._UNSPECIFIED`"))
    }

    /// Checks that each name occurs once, and that there is one. `at` is where the enum is.
    pub(super) fn check_names<'n>(
        &mut self,
        names: impl IntoIterator<Item = (&'n str, &'n Location)>,
        at: &Location,
    ) -> Result<(), Refused> {
        let Self { noun, vocabulary, .. } = self;
        let mut seen = BTreeSet::new();
        if let Some((name, second)) = names.into_iter().find(|(name, _)| !seen.insert(*name)) {
            let message = format!("two values of `{vocabulary}` are the {noun} `{name}`");
            return Err(self.invalid(second, message, "keep one of them"));
        }
        if seen.is_empty() {
            let message = format!("`{vocabulary}` is marked as a vocabulary, but has no {noun}");
            return Err(self.invalid(at, message, "add a value with a number other than 0"));
        }
        Ok(())
    }

    pub(super) fn invalid(&mut self, at: &Location, message: String, help: &str) -> Refused {
        self.found.error(Lint::InvalidVocabulary, at, message, help)
    }
}
