//! Which vocabularies a service uses.

use super::lookup::{Accepted, Declares, Lookup};
use super::nearest::nearest;
use super::resolve::Resolver;
use super::rule::{names_roles, names_scopes};
use super::scope_vocabulary::ScopeVocabulary;
use super::vocabulary::Vocabulary;
use crate::declared::{DeclaredRule, DeclaredService, NamedVocabulary};
use crate::diagnostic::{Diagnostics, Lint, Refused};
use crate::schema;

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
            Some(vocabulary) => Accepted::Refused(unnamed(vocabulary, service, &self.file.package, self.found)),
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
            (
                "is not marked as a vocabulary",
                format!("add `option {} = {{}};` to the enum", schema::option(noun, name)),
            )
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
fn unnamed<V: Declares>(vocabulary: &V, service: &DeclaredService, package: &str, found: &mut Diagnostics) -> Refused {
    let option = schema::option("service", package);
    let (noun, name, file) = (V::NOUN, vocabulary.name(), vocabulary.file());
    found.error(
        Lint::UnknownVocabulary,
        &service.at,
        format!(
            "`{}` uses {noun}, but does not name `{name}`, the vocabulary of its package or its imports",
            service.name
        ),
        format!("add `import {file:?};` and `option {option}.{noun} = {name:?};` if they are missing"),
    )
}

const IMPORT: &str =
    "give the enum's full name, and import the file that declares it, even where protoc calls the import unused";
