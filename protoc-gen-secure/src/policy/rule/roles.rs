//! The roles of a rule.

use std::collections::BTreeSet;

use super::super::lookup::{Accepted, Declares};
use super::super::role::RequiredRole;
use super::super::role_name::{self, quoted};
use super::super::vocabulary::Vocabulary;
use super::Reader;
use crate::diagnostic::{Diagnostics, Lint, Refused};

impl Reader<'_> {
    pub(super) fn required_roles(&self, found: &mut Diagnostics) -> Result<Vec<RequiredRole>, Refused> {
        self.list(&self.rule.rule.required_roles, found)
    }

    /// Roles that are named by one field.
    pub(super) fn list(&self, names: &[String], found: &mut Diagnostics) -> Result<Vec<RequiredRole>, Refused> {
        let mut seen = BTreeSet::new();
        let mut roles = Vec::with_capacity(names.len());
        for name in names {
            roles.push(if seen.insert(name) { self.role(name, found) } else { Err(self.twice(name, found)) });
        }
        roles.into_iter().collect()
    }

    fn role(&self, name: &str, found: &mut Diagnostics) -> Result<RequiredRole, Refused> {
        let whose = format!("in {}", self.whose);
        role_name::check(name, &whose, &self.rule.at, found)?;
        match &self.names.roles {
            Accepted::Any => Ok(RequiredRole::free(name)),
            Accepted::Closed(vocabulary) => {
                vocabulary.required(name).ok_or_else(|| self.unknown(name, vocabulary, found))
            }
            Accepted::Refused(refused) => Err(*refused),
        }
    }

    fn twice(&self, role: &str, found: &mut Diagnostics) -> Refused {
        let whose = format!("in {}", self.whose);
        role_name::invalid(role, &whose, "is given twice", &self.rule.at, found)
    }

    fn unknown(&self, role: &str, vocabulary: &Vocabulary, found: &mut Diagnostics) -> Refused {
        let message = format!("the role {} in {} is not one of `{}`", quoted(role), self.whose, vocabulary.name);
        let help = match vocabulary.nearest(role) {
            _ if vocabulary.is_zero(role) => {
                "the value with the number 0 is the value of an unset field, so it cannot be a role".to_owned()
            }
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("its roles are {}", vocabulary.list()),
        };
        found.error(Lint::UnknownRole, &self.rule.at, message, help)
    }
}
