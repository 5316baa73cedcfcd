//! The vocabularies of one kind, of roles or of scopes, and how to find one.

use std::collections::BTreeMap;

use super::nearest::nearest;
use crate::diagnostic::{Diagnostics, Lint, Location, Refused};

/// Every vocabulary of one kind, by the full name of its enum.
pub(super) type Vocabularies<V> = BTreeMap<String, Result<V, Refused>>;

/// Which names a service accepts.
#[derive(Clone, Debug)]
pub(super) enum Accepted<'a, V> {
    /// Any of them.
    Any,
    /// Those of a vocabulary.
    Closed(&'a V),
    /// The vocabulary has a finding already.
    Refused(Refused),
}

impl<V: Declares> Accepted<'_, V> {
    /// The full name of the vocabulary, unless it was refused.
    pub(super) fn vocabulary(&self) -> Result<Option<String>, Refused> {
        match self {
            Self::Any => Ok(None),
            Self::Closed(vocabulary) => Ok(Some(vocabulary.name().to_owned())),
            Self::Refused(refused) => Err(*refused),
        }
    }
}

/// An enum that declares names.
pub(super) trait Declares {
    /// `roles` or `scopes`, as the fields and extensions of the schema are called.
    const NOUN: &'static str;

    /// The full name of the enum.
    fn name(&self) -> &str;
    fn package(&self) -> &str;
    fn file(&self) -> &str;
    /// The declared roles or scopes, in file order.
    fn names(&self) -> impl Iterator<Item = &str>;

    fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.names())
    }

    /// Its names, for people.
    fn list(&self) -> String {
        self.names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }
}

/// The vocabularies of one kind.
#[derive(Debug)]
pub(super) struct Lookup<'a, V> {
    pub(super) all: &'a Vocabularies<V>,
    /// The vocabularies without a finding, by the package that declares them.
    pub(super) by_package: BTreeMap<&'a str, &'a V>,
    /// The same, by the file that declares them.
    pub(super) by_file: BTreeMap<&'a str, &'a V>,
}

impl<'a, V: Declares> Lookup<'a, V> {
    pub(super) fn new(all: &'a Vocabularies<V>) -> Self {
        let usable = || all.values().flatten();
        let by_package = usable().map(|vocabulary| (vocabulary.package(), vocabulary)).collect();
        Self { all, by_package, by_file: usable().map(|vocabulary| (vocabulary.file(), vocabulary)).collect() }
    }
}

/// The finding about the second vocabulary of one kind in a package.
pub(super) fn second(first: &str, name: &str, package: &str, at: &Location, found: &mut Diagnostics) -> Refused {
    found.error(
        Lint::InvalidVocabulary,
        at,
        format!("`{first}` and `{name}` are both vocabularies of the package `{package}`"),
        "merge them, or move one to a package of its own",
    )
}
