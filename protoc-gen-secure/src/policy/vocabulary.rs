//! Closed sets of roles, and which role holds which.

use std::collections::{BTreeMap, BTreeSet};

use super::nearest::nearest;
use super::{RoleName, RolePolicy, TypePath, VocabularyPolicy, VocabularyRolePolicy, rule};
use crate::declared::{DeclaredRole, DeclaredVocabulary};
use crate::diagnostic::{Diagnostics, Location, Refused, Rule};

/// An enum whose values are all the roles there are.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// The full name of the enum.
    pub(super) name: String,
    pub(super) package: String,
    pub(super) file: String,
    pub(super) at: Location,
    /// True if its roles are generated now.
    pub(super) is_generated: bool,
    /// In file order.
    pub(super) roles: Vec<VocabularyRole>,
    /// What the values with number 0 are called.
    zeros: Vec<String>,
}

/// One role of a vocabulary.
#[derive(Debug)]
pub(super) struct VocabularyRole {
    pub(super) role: RoleName,
    pub(super) at: Location,
    /// The roles that its holder holds too, those included by included ones among them.
    pub(super) includes: BTreeSet<String>,
    /// The roles that it includes as written.
    pub(super) written: Vec<String>,
}

/// What roles mean to a service.
#[derive(Clone, Debug)]
pub(super) enum Roles<'a> {
    /// Any string is a role.
    Any,
    /// The roles of a vocabulary, whose markers are in this module.
    Closed { vocabulary: &'a Vocabulary, markers: TypePath },
    /// There is a finding about the vocabulary already.
    Refused(Refused),
}

impl<'a> Roles<'a> {
    pub(super) fn vocabulary(&self) -> Option<&'a Vocabulary> {
        match self {
            Self::Closed { vocabulary, .. } => Some(vocabulary),
            Self::Any | Self::Refused(_) => None,
        }
    }
}

impl Vocabulary {
    pub(super) fn role(&self, name: &str) -> Option<&VocabularyRole> {
        self.roles.iter().find(|role| role.role.as_str() == name)
    }

    /// The roles whose holders hold this one: itself, then those that include it.
    pub(super) fn held_by(&self, name: &str) -> Vec<String> {
        let including = self.roles.iter().filter(|role| role.includes.contains(name));
        let including = including.map(|role| role.role.as_str().to_owned()).filter(|role| role != name);
        [name.to_owned()].into_iter().chain(including).collect()
    }

    /// How many messages the enum is nested in.
    pub(super) fn depth(&self) -> usize {
        let below = self.name.strip_prefix(&self.package).unwrap_or_default().trim_start_matches('.');
        below.matches('.').count()
    }

    pub(super) fn markers(&self) -> impl Iterator<Item = RolePolicy> {
        self.roles.iter().map(|VocabularyRole { role, at, .. }| RolePolicy {
            role: role.clone(),
            held_by: self.held_by(role.as_str()),
            is_free: false,
            at: at.clone(),
        })
    }

    pub(super) fn policy(&self) -> VocabularyPolicy {
        let roles = self.roles.iter().map(|VocabularyRole { role, at, written, .. }| VocabularyRolePolicy {
            name: role.as_str().to_owned(),
            includes: written.clone(),
            at: at.clone(),
        });
        VocabularyPolicy { name: self.name.clone(), at: self.at.clone(), roles: roles.collect() }
    }

    pub(super) fn is_zero(&self, value: &str) -> bool {
        self.zeros.iter().any(|zero| zero == value)
    }

    pub(super) fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.roles.iter().map(|role| role.role.as_str()))
    }

    /// Its roles, for people.
    pub(super) fn list(&self) -> String {
        self.roles.iter().map(|role| format!("`{}`", role.role.as_str())).collect::<Vec<_>>().join(", ")
    }
}

/// Every vocabulary of a request, by the full name of its enum.
pub(super) type Vocabularies = BTreeMap<String, Result<Vocabulary, Refused>>;

/// Reads what is marked as vocabularies.
pub(super) fn resolve(declared: &[DeclaredVocabulary], found: &mut Diagnostics) -> Vocabularies {
    let mut packages = BTreeMap::new();
    let mut vocabularies = Vocabularies::new();
    for vocabulary in declared {
        let resolved = Reader { vocabulary, found }.read();
        let first = *packages.entry(&vocabulary.package).or_insert(&vocabulary.name);
        let resolved = if first == &vocabulary.name { resolved } else { Err(second(first, vocabulary, found)) };
        vocabularies.insert(vocabulary.name.clone(), resolved);
    }
    vocabularies
}

fn second(first: &str, vocabulary: &DeclaredVocabulary, found: &mut Diagnostics) -> Refused {
    found.error(
        Rule::InvalidVocabulary,
        &vocabulary.at,
        format!("`{first}` and `{}` are both vocabularies of the package `{}`", vocabulary.name, vocabulary.package),
        "unite them, or move one to a package of its own",
    )
}

struct Reader<'a> {
    vocabulary: &'a DeclaredVocabulary,
    found: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<Vocabulary, Refused> {
        let vocabulary = self.vocabulary;
        if !vocabulary.is_marked {
            let message = format!("`{}` has roles, and is not marked as a vocabulary", vocabulary.name);
            return Err(self.invalid(&vocabulary.at, message, "add `option (secure.v1.roles) = {};` to the enum"));
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

    /// proto3 takes 0 for what nobody said.
    fn zero(&mut self, zero: &DeclaredRole) -> Result<String, Refused> {
        if !zero.is_defined {
            return Ok(zero.value.clone());
        }
        let message =
            format!("`{}` has the number 0, which is no role: it is what is read where nothing was said", zero.value);
        Err(self.invalid(&zero.at, message, "give the role another number, and leave 0 to `..._UNSPECIFIED`"))
    }

    fn name(&mut self, declared: &DeclaredRole) -> Result<RoleName, Refused> {
        let name = declared.name.as_deref().unwrap_or(&declared.value);
        rule::check_role(name, &format!("of `{}`", self.vocabulary.name), &declared.at, self.found)?;
        let role = match &declared.rust_name {
            Some(rust_name) => RoleName::with_marker(name, rust_name),
            None => RoleName::new(name),
        };
        role.ok_or_else(|| {
            let message = format!("the role `{name:?}` of `{}` has no Rust name", self.vocabulary.name);
            self.found.error(Rule::InvalidName, &declared.at, message, "give it a `rust_name` in upper camel case")
        })
    }

    fn check_names(&mut self, names: &[RoleName]) -> Result<(), Refused> {
        let mut seen = BTreeSet::new();
        let values = self.vocabulary.roles.iter().filter(|role| !role.is_zero);
        if let Some((name, value)) = names.iter().zip(values).find(|(name, _)| !seen.insert(name.as_str())) {
            let message = format!("two values of `{}` are the role `{}`", self.vocabulary.name, name.as_str());
            return Err(self.invalid(&value.at, message, "keep one of them"));
        }
        if names.len() > MOST_ROLES {
            let message = format!("`{}` has more than {MOST_ROLES} roles", self.vocabulary.name);
            return Err(self.invalid(&self.vocabulary.at, message, "what has so many is no role: take it for a claim"));
        }
        if names.is_empty() {
            let message = format!("`{}` is marked as a vocabulary, and has no role", self.vocabulary.name);
            return Err(self.invalid(&self.vocabulary.at, message, "add a value with another number than 0"));
        }
        Ok(())
    }

    fn roles(&mut self, names: Vec<RoleName>, values: &[&DeclaredRole]) -> Result<Vec<VocabularyRole>, Refused> {
        let known = names.iter().map(|name| name.as_str().to_owned()).collect::<BTreeSet<_>>();
        let checked = values.iter().map(|value| self.check_included(value, &known)).collect::<Vec<_>>();
        checked.into_iter().collect::<Result<(), _>>()?;
        let direct = names.iter().zip(values).map(|(name, value)| (name.as_str(), value.includes.as_slice()));
        let direct = direct.collect::<BTreeMap<_, _>>();
        let included = names.iter().map(|name| included(name.as_str(), &direct)).collect::<Vec<_>>();
        let roles = names.into_iter().zip(included).zip(values).map(|((role, includes), value)| {
            if includes.contains(role.as_str()) {
                let message = format!("the role `{}` includes itself", role.as_str());
                return Err(self.invalid(&value.at, message, "take a role out of the `includes` that lead back to it"));
            }
            Ok(VocabularyRole { role, at: value.at.clone(), includes, written: value.includes.clone() })
        });
        roles.collect::<Vec<_>>().into_iter().collect()
    }

    fn check_included(&mut self, value: &DeclaredRole, known: &BTreeSet<String>) -> Result<(), Refused> {
        let Some(unknown) = value.includes.iter().find(|included| !known.contains(*included)) else { return Ok(()) };
        let help = match nearest(unknown, known.iter().map(String::as_str)) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "name a role of the same enum".to_owned(),
        };
        let message = format!("`{}` includes {unknown:?}, which is no role of `{}`", value.value, self.vocabulary.name);
        Err(self.found.error(Rule::UnknownRole, &value.at, message, help))
    }

    fn invalid(&mut self, at: &Location, message: String, help: &str) -> Refused {
        self.found.error(Rule::InvalidVocabulary, at, message, help)
    }
}

/// Who holds which grows with their square.
const MOST_ROLES: usize = 512;

/// What a role includes, and what that includes; itself only if it leads back.
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
