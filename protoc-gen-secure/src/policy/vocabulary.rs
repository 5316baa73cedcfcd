//! Vocabularies: enums that declare all roles of a service, and which role includes which.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::Findings;
use super::lookup::{Declares, Vocabularies, second};
use super::nearest::nearest;
use super::role::{RequiredRole, RolePolicy};
use super::{role_name, text};
use crate::declared::{DeclaredRole, DeclaredVocabulary};
use crate::diagnostic::{Diagnostics, Lint, Location, Refused};

/// An enum whose values are all roles of a service.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    /// The full name of the enum.
    pub(crate) name: String,
    pub(crate) package: String,
    file: String,
    pub(crate) at: Location,
    /// True if the messages of its file are generated in this run.
    pub(crate) is_generated: bool,
    /// In file order.
    roles: Vec<VocabularyRole>,
    /// What the values with number 0 are called.
    zeros: Vec<String>,
}

/// One role of a vocabulary.
#[derive(Debug)]
struct VocabularyRole {
    name: String,
    rust_name: Option<String>,
    description: Option<String>,
    is_sensitive: bool,
    at: Location,
    /// The roles that its holder holds too, directly or through other roles.
    includes: BTreeSet<String>,
    /// The roles that it includes as written.
    written: Vec<String>,
}

impl Vocabulary {
    /// A role as a rule names it; `None` if the vocabulary does not have it.
    pub(super) fn required(&self, name: &str) -> Option<RequiredRole> {
        let role = self.roles.iter().find(|role| role.name == name)?;
        Some(RequiredRole {
            name: name.to_owned(),
            held_by: self.held_by(name),
            gives: [&role.name].into_iter().chain(&role.includes).cloned().collect(),
            is_free: false,
        })
    }

    /// The name that the vocabulary gives to a role in Rust.
    pub(crate) fn rust_name(&self, name: &str) -> Option<&str> {
        self.roles.iter().find(|role| role.name == name)?.rust_name.as_deref()
    }

    /// The roles whose holders hold this one: itself, then those that include it.
    fn held_by(&self, name: &str) -> Vec<String> {
        let including = self.roles.iter().filter(|role| role.includes.contains(name));
        let including = including.map(|role| role.name.clone()).filter(|role| role != name);
        [name.to_owned()].into_iter().chain(including).collect()
    }

    /// How many messages the enum is nested in.
    pub(crate) fn depth(&self) -> usize {
        let below = self.name.strip_prefix(&self.package).unwrap_or_default().trim_start_matches('.');
        below.matches('.').count()
    }

    /// Its roles, in file order.
    pub(crate) fn roles(&self) -> impl Iterator<Item = RolePolicy> {
        self.roles.iter().map(|role| RolePolicy {
            name: role.name.clone(),
            held_by: self.held_by(&role.name),
            includes: role.written.clone(),
            rust_name: role.rust_name.clone(),
            is_free: false,
            description: role.description.clone(),
            is_sensitive: role.is_sensitive,
            at: role.at.clone(),
        })
    }

    /// True for the name of a value with the number 0.
    pub(super) fn is_zero(&self, value: &str) -> bool {
        self.zeros.iter().any(|zero| zero == value)
    }
}

impl Declares for Vocabulary {
    const NOUN: &'static str = "roles";

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
        self.roles.iter().map(|role| role.name.as_str())
    }
}

/// Reads every vocabulary of roles of a request.
pub(super) fn resolve(declared: &[DeclaredVocabulary], found: &mut Diagnostics) -> Vocabularies<Vocabulary> {
    let mut packages = BTreeMap::new();
    let mut vocabularies = Vocabularies::new();
    for vocabulary in declared {
        let resolved = Reader { vocabulary, found }.read();
        let DeclaredVocabulary { name, package, at, .. } = vocabulary;
        let first = *packages.entry(package).or_insert(name);
        let resolved = if first == name { resolved } else { Err(second(first, name, package, at, found)) };
        vocabularies.insert(name.clone(), resolved);
    }
    vocabularies
}

struct Reader<'a> {
    vocabulary: &'a DeclaredVocabulary,
    found: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<Vocabulary, Refused> {
        let vocabulary = self.vocabulary;
        if !vocabulary.is_marked {
            return Err(self.findings().unmarked(&vocabulary.at));
        }
        let (zeros, values) = vocabulary.roles.iter().partition::<Vec<_>, _>(|role| role.is_zero);
        let zeros = zeros.into_iter().map(|zero| self.zero(zero)).collect::<Vec<_>>();
        let names = values.iter().map(|role| self.name(role)).collect::<Vec<_>>();
        let zeros = zeros.into_iter().collect::<Result<Vec<_>, _>>()?;
        let names = names.into_iter().collect::<Result<Vec<_>, _>>()?;
        self.check_names(&names)?;
        let roles = self.roles(names, &values)?;
        let DeclaredVocabulary { name, package, file, at, is_generated, .. } = vocabulary;
        let (name, package, file, at) = (name.clone(), package.clone(), file.clone(), at.clone());
        Ok(Vocabulary { name, package, file, at, is_generated: *is_generated, roles, zeros })
    }

    fn zero(&mut self, zero: &DeclaredRole) -> Result<String, Refused> {
        if zero.is_defined { Err(self.findings().zero(&zero.value, &zero.at)) } else { Ok(zero.value.clone()) }
    }

    fn name(&mut self, declared: &DeclaredRole) -> Result<String, Refused> {
        let name = declared.name.as_deref().unwrap_or(&declared.value);
        role_name::check(name, &format!("of `{}`", self.vocabulary.name), &declared.at, self.found)?;
        Ok(name.to_owned())
    }

    fn check_names(&mut self, names: &[String]) -> Result<(), Refused> {
        let DeclaredVocabulary { name, at, roles, .. } = self.vocabulary;
        if names.len() > MAX_ROLES {
            let message = format!("`{name}` has more than {MAX_ROLES} roles");
            return Err(self.findings().invalid(at, message, "use a claim for values that are so many"));
        }
        let places = roles.iter().filter(|role| !role.is_zero).map(|role| &role.at);
        self.findings().check_names(names.iter().map(String::as_str).zip(places), at)
    }

    fn roles(&mut self, names: Vec<String>, values: &[&DeclaredRole]) -> Result<Vec<VocabularyRole>, Refused> {
        let known = names.iter().cloned().collect::<BTreeSet<_>>();
        let checked = values.iter().map(|value| self.check_included(value, &known)).collect::<Vec<_>>();
        checked.into_iter().collect::<Result<(), _>>()?;
        let direct = names.iter().zip(values).map(|(name, value)| (name.as_str(), value.includes.as_slice()));
        let direct = direct.collect::<BTreeMap<_, _>>();
        let included = names.iter().map(|name| included(name, &direct)).collect::<Vec<_>>();
        let roles = names.into_iter().zip(included).zip(values).map(|((name, includes), value)| {
            if includes.contains(&name) {
                let message = format!("the role `{name}` includes itself");
                return Err(self.findings().invalid(
                    &value.at,
                    message,
                    "remove a role from the `includes` that lead back to it",
                ));
            }
            let what = || format!("the description of `{}`", value.value);
            let description = text::read(value.description.as_deref(), what, &value.at, self.found)?;
            let DeclaredRole { rust_name, is_sensitive, at, includes: written, .. } = value;
            let (rust_name, at, written) = (rust_name.clone(), at.clone(), written.clone());
            Ok(VocabularyRole { name, rust_name, description, is_sensitive: *is_sensitive, at, includes, written })
        });
        roles.collect::<Vec<_>>().into_iter().collect()
    }

    fn check_included(&mut self, value: &DeclaredRole, known: &BTreeSet<String>) -> Result<(), Refused> {
        let Some(unknown) = value.includes.iter().find(|included| !known.contains(*included)) else { return Ok(()) };
        let help = match nearest(unknown, known.iter().map(String::as_str)) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "name a role of the same enum".to_owned(),
        };
        let message =
            format!("`{}` includes {unknown:?}, which is not a role of `{}`", value.value, self.vocabulary.name);
        Err(self.found.error(Lint::UnknownRole, &value.at, message, help))
    }

    fn findings(&mut self) -> Findings<'_> {
        Findings { noun: "role", vocabulary: &self.vocabulary.name, found: self.found }
    }
}

/// The table of which role includes which grows with the square of the roles.
const MAX_ROLES: usize = 512;

/// The roles that a role includes, directly or through others. It contains the role itself if the chain leads back.
fn included(role: &str, direct: &BTreeMap<&str, &[String]>) -> BTreeSet<String> {
    let mut included = BTreeSet::new();
    let mut open = vec![role];
    while let Some(role) = open.pop() {
        for next in direct.get(role).copied().unwrap_or_default() {
            if included.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    included
}

#[cfg(test)]
mod tests;
