//! Vocabularies of scopes: enums that declare all scopes of a service.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::Findings;
use super::lookup::{Declares, Vocabularies, second};
use super::text;
use crate::declared::{DeclaredScope, DeclaredScopes, DeclaredVocabularies};
use crate::diagnostic::{Diagnostics, Lint, Location, Refused};

/// An enum whose values are all scopes of a service.
#[derive(Debug)]
pub(crate) struct ScopeVocabulary {
    /// The full name of the enum.
    pub(crate) name: String,
    package: String,
    file: String,
    pub(crate) at: Location,
    /// In file order.
    pub(crate) scopes: Vec<ScopePolicy>,
}

/// One scope of a vocabulary.
#[derive(Debug)]
pub(crate) struct ScopePolicy {
    pub(crate) name: String,
    pub(crate) at: Location,
    /// What it permits, for reviewers.
    pub(crate) description: Option<String>,
}

impl ScopeVocabulary {
    pub(super) fn has(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.name == name)
    }
}

impl Declares for ScopeVocabulary {
    const NOUN: &'static str = "scopes";

    fn name(&self) -> &str {
        &self.name
    }

    fn package(&self) -> &str {
        &self.package
    }

    fn file(&self) -> &str {
        &self.file
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().map(|scope| scope.name.as_str())
    }
}

/// Reads every vocabulary of scopes of a request.
pub(super) fn resolve(declared: &DeclaredVocabularies, found: &mut Diagnostics) -> Vocabularies<ScopeVocabulary> {
    let of_roles = declared.roles.iter().map(|vocabulary| vocabulary.name.as_str()).collect::<BTreeSet<_>>();
    let mut packages = BTreeMap::new();
    let mut vocabularies = Vocabularies::new();
    for vocabulary in &declared.scopes {
        let DeclaredScopes { name, package, at, .. } = vocabulary;
        let first = *packages.entry(package).or_insert(name);
        let resolved = Reader { vocabulary, found }.read(&of_roles);
        let resolved = if first == name { resolved } else { Err(second(first, name, package, at, found)) };
        vocabularies.insert(name.clone(), resolved);
    }
    vocabularies
}

struct Reader<'a> {
    vocabulary: &'a DeclaredScopes,
    found: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn read(&mut self, of_roles: &BTreeSet<&str>) -> Result<ScopeVocabulary, Refused> {
        let DeclaredScopes { name, package, file, at, is_marked, scopes } = self.vocabulary;
        if of_roles.contains(name.as_str()) {
            let message = format!("`{name}` has roles and scopes");
            return Err(self.findings().invalid(at, message, "make one enum for each"));
        }
        if !is_marked {
            return Err(self.findings().unmarked(at));
        }
        let scopes = scopes.iter().filter(|scope| !scope.is_zero || scope.is_defined);
        let scopes = scopes.map(|scope| self.scope(scope)).collect::<Vec<_>>();
        let scopes = scopes.into_iter().collect::<Result<Vec<_>, _>>()?;
        self.findings().check_names(scopes.iter().map(|scope| (scope.name.as_str(), &scope.at)), at)?;
        let (name, package, file, at) = (name.clone(), package.clone(), file.clone(), at.clone());
        Ok(ScopeVocabulary { name, package, file, at, scopes })
    }

    fn scope(&mut self, declared: &DeclaredScope) -> Result<ScopePolicy, Refused> {
        let DeclaredScope { value, is_zero, at, name, description, .. } = declared;
        if *is_zero {
            return Err(self.findings().zero(value, at));
        }
        let name = name.as_ref().unwrap_or(value);
        if !is_scope(name) {
            let message = format!("`{value}` is the scope {name:?}, which no token can have");
            return Err(self.found.error(Lint::InvalidScope, at, message, SCOPE));
        }
        let description = description.as_deref();
        let description = text::read(description, || format!("the description of `{value}`"), at, self.found)?;
        Ok(ScopePolicy { name: name.clone(), at: at.clone(), description })
    }

    fn findings(&mut self) -> Findings<'_> {
        Findings { noun: "scope", vocabulary: &self.vocabulary.name, found: self.found }
    }
}

/// Whether a text is a scope (RFC 6749, section 3.3).
pub(super) fn is_scope(scope: &str) -> bool {
    let is_character = |byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~');
    (1..=MAX_SCOPE_BYTES).contains(&scope.len()) && scope.bytes().all(is_character)
}

const MAX_SCOPE_BYTES: usize = 256;

const SCOPE: &str = "a scope is 1 to 256 ASCII characters without blank, quote and backslash (RFC 6749, section 3.3)";

#[cfg(test)]
mod tests;
