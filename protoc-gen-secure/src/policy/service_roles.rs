//! Which vocabulary a service uses.

use super::nearest::nearest;
use super::resolve::Resolver;
use super::rule::names_roles;
use super::vocabulary::{Roles, Vocabulary};
use crate::declared::{DeclaredService, NamedVocabulary};
use crate::diagnostic::{Lint, Refused};

impl<'a> Resolver<'a> {
    /// The vocabulary that the service names, or that its file declares.
    pub(super) fn accepted_roles(&mut self, service: &DeclaredService) -> Roles<'a> {
        match self.vocabulary(service) {
            Ok(None) => Roles::Any,
            Ok(Some(vocabulary)) => Roles::Closed(vocabulary),
            Err(refused) => Roles::Refused(refused),
        }
    }

    fn vocabulary(&mut self, service: &DeclaredService) -> Result<Option<&'a Vocabulary>, Refused> {
        if let Some(named) = &service.vocabulary {
            return match self.context.vocabularies.get(&named.name) {
                Some(vocabulary) => vocabulary.as_ref().map(Some).map_err(|refused| *refused),
                None => Err(self.no_vocabulary(service, named)),
            };
        }
        let context = self.context;
        let own = context.by_package.get(self.file.package.as_str()).copied();
        if own.is_some_and(|vocabulary| vocabulary.file == self.file.name) {
            return Ok(own);
        }
        let imported = || self.file.imports.iter().find_map(|import| context.by_file.get(import.as_str()).copied());
        match own.or_else(imported).filter(|_| service.rules().any(names_roles)) {
            Some(vocabulary) => Err(self.unnamed(service, vocabulary)),
            None => Ok(None),
        }
    }

    /// The presence of a file in the request must not decide which roles are accepted.
    fn unnamed(&mut self, service: &DeclaredService, vocabulary: &Vocabulary) -> Refused {
        let Vocabulary { name, file, .. } = vocabulary;
        self.found.error(
            Lint::UnknownVocabulary,
            &service.at,
            format!(
                "`{}` uses roles, but does not name `{name}`, the vocabulary of its package or its imports",
                service.name
            ),
            format!("add `import {file:?};` and `option (secure.v1.service).roles = {name:?};` if they are missing"),
        )
    }

    fn no_vocabulary(&mut self, service: &DeclaredService, named: &NamedVocabulary) -> Refused {
        let NamedVocabulary { name, at } = named;
        let (problem, help) = if self.context.declared.enums.contains(name) {
            ("is not marked as a vocabulary", "add `option (secure.v1.roles) = {};` to the enum".to_owned())
        } else {
            let nearest = nearest(name, self.context.vocabularies.keys().map(String::as_str));
            (
                "is not in an imported file",
                nearest.map_or_else(|| IMPORT.to_owned(), |it| format!("did you mean `{it}`?")),
            )
        };
        let message = format!("`{name}`, which `{}` takes its roles from, {problem}", service.name);
        self.found.error(Lint::UnknownVocabulary, at, message, help)
    }
}

const IMPORT: &str =
    "give the enum's full name, and import the file that declares it, even where protoc calls the import unused";
