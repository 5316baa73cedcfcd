//! Which rows of a matrix are shown.

use std::mem;
use std::str::FromStr;

use super::super::choice;
use super::{Cell, Exposure, Matrix, Row};

/// All that is set must fit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// The package, or one above it: `shop` takes `shop.v1`.
    pub(crate) package: Option<String>,
    /// A role whose holder may call.
    pub(crate) role: Option<String>,
    pub(crate) access: Option<Exposure>,
    /// Part of the full name, in any case.
    pub(crate) text: Option<String>,
}

impl Filter {
    /// Keeps the rows that fit, and if a role is asked for, that role alone.
    pub(crate) fn apply(&self, matrix: &mut Matrix) {
        matrix.methods.retain(|row| self.fits(row));
        if let Some(wanted) = &self.role {
            let (shown, hidden) = mem::take(&mut matrix.roles).into_iter().partition(|role| role.name == *wanted);
            matrix.roles = shown;
            matrix.hidden.extend::<Vec<_>>(hidden);
        }
    }

    fn fits(&self, row: &Row) -> bool {
        let Self { package, role, access, text } = self;
        let is_in = |package: &String| format!("{}.", row.package).starts_with(&format!("{package}."));
        let has = |text: &String| row.full_name().to_lowercase().contains(&text.to_lowercase());
        package.as_ref().is_none_or(is_in)
            && role.as_ref().is_none_or(|role| row.cell(role) != Cell::No)
            && access.is_none_or(|access| access == row.exposure)
            && text.as_ref().is_none_or(has)
    }
}

impl FromStr for Exposure {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = [Self::Public, Self::Authenticated, Self::Roles, Self::Denied];
        choice("access", name, &all.map(|exposure| (exposure.name(), exposure)))
    }
}
