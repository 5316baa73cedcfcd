//! Which vocabulary a service uses, of roles or of scopes.

use std::collections::BTreeMap;

use super::nearest::nearest;
use super::resolve::Resolver;
use super::rule::{names_roles, names_scopes};
use super::scope_vocabulary::ScopeVocabulary;
use super::vocabulary::Vocabulary;
use crate::declared::{DeclaredRule, DeclaredService, NamedVocabulary};
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
}

/// The vocabularies of one kind.
#[derive(Debug)]
pub(super) struct Lookup<'a, V> {
    all: &'a Vocabularies<V>,
    /// The vocabularies without a finding, by the package that declares them.
    by_package: BTreeMap<&'a str, &'a V>,
    /// The same, by the file that declares them.
    by_file: BTreeMap<&'a str, &'a V>,
}

impl<'a, V: Declares> Lookup<'a, V> {
    pub(super) fn new(all: &'a Vocabularies<V>) -> Self {
        let usable = || all.values().flatten();
        let by_package = usable().map(|vocabulary| (vocabulary.package(), vocabulary)).collect();
        Self { all, by_package, by_file: usable().map(|vocabulary| (vocabulary.file(), vocabulary)).collect() }
    }
}

impl<'a> Resolver<'a> {
    /// The roles of the vocabulary that the service names, or that its file declares.
    pub(super) fn accepted_roles(&mut self, service: &DeclaredService) -> Accepted<'a, Vocabulary> {
        let lookup = self.context.roles;
        self.accepted(lookup, service, service.roles.as_ref(), names_roles)
    }

    /// The same for scopes.
    pub(super) fn accepted_scopes(&mut self, service: &DeclaredService) -> Accepted<'a, ScopeVocabulary> {
        let lookup = self.context.scopes;
        self.accepted(lookup, service, service.scopes.as_ref(), names_scopes)
    }

    fn accepted<V: Declares>(
        &mut self,
        lookup: &'a Lookup<'a, V>,
        service: &DeclaredService,
        named: Option<&NamedVocabulary>,
        is_needed: fn(&DeclaredRule) -> bool,
    ) -> Accepted<'a, V> {
        if let Some(named) = named {
            return match lookup.all.get(&named.name) {
                Some(Ok(vocabulary)) => Accepted::Closed(vocabulary),
                Some(Err(refused)) => Accepted::Refused(*refused),
                None => Accepted::Refused(self.no_vocabulary(lookup, service, named)),
            };
        }
        let own = lookup.by_package.get(self.file.package.as_str()).copied();
        if let Some(own) = own.filter(|vocabulary| vocabulary.file() == self.file.name) {
            return Accepted::Closed(own);
        }
        let imported = || self.file.imports.iter().find_map(|import| lookup.by_file.get(import.as_str()).copied());
        match own.or_else(imported).filter(|_| service.rules().any(is_needed)) {
            Some(vocabulary) => Accepted::Refused(unnamed(vocabulary, service, self.found)),
            None => Accepted::Any,
        }
    }

    fn no_vocabulary<V: Declares>(
        &mut self,
        lookup: &Lookup<'_, V>,
        service: &DeclaredService,
        NamedVocabulary { name, at }: &NamedVocabulary,
    ) -> Refused {
        let noun = V::NOUN;
        let (problem, help) = if self.context.declared.enums.contains(name) {
            ("is not marked as a vocabulary", format!("add `option (secure.v1.{noun}) = {{}};` to the enum"))
        } else {
            let nearest = nearest(name, lookup.all.keys().map(String::as_str));
            (
                "is not in an imported file",
                nearest.map_or_else(|| IMPORT.to_owned(), |it| format!("did you mean `{it}`?")),
            )
        };
        let message = format!("`{name}`, which `{}` takes its {noun} from, {problem}", service.name);
        self.found.error(Lint::UnknownVocabulary, at, message, help)
    }
}

/// The presence of a file in the request must not decide which names are accepted.
fn unnamed<V: Declares>(vocabulary: &V, service: &DeclaredService, found: &mut Diagnostics) -> Refused {
    let (noun, name, file) = (V::NOUN, vocabulary.name(), vocabulary.file());
    found.error(
        Lint::UnknownVocabulary,
        &service.at,
        format!(
            "`{}` uses {noun}, but does not name `{name}`, the vocabulary of its package or its imports",
            service.name
        ),
        format!("add `import {file:?};` and `option (secure.v1.service).{noun} = {name:?};` if they are missing"),
    )
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

const IMPORT: &str =
    "give the enum's full name, and import the file that declares it, even where protoc calls the import unused";
