//! `matrix`: who may call what.

use lexopt::prelude::*;

use super::error::CliError;
use super::input::Input;
use crate::report::matrix::{Filter, Format, Matrix};
use crate::report::unknown;

#[derive(Debug, Default)]
pub(super) struct Command {
    input: Input,
    filter: Filter,
    format: Format,
}

impl Command {
    pub(super) fn parse(parser: &mut lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut command = Self::default();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("access") => command.filter.access = Some(parser.value()?.parse()?),
                Long("exclude") => command.input.exclude.push(parser.value()?.string()?),
                Long("format") => command.format = parser.value()?.parse()?,
                Short('I') | Long("proto-path") => command.input.includes.push(parser.value()?.into()),
                Long("package") => command.filter.package = Some(parser.value()?.string()?),
                Long("role") => command.filter.role = Some(parser.value()?.string()?),
                Long("text") => command.filter.text = Some(parser.value()?.string()?),
                Value(path) => command.input.paths.push(path.into()),
                argument => return Err(argument.unexpected()),
            }
        }
        match command.input.paths.is_empty() {
            true => Err("missing files: give .proto files, directories, manifests, descriptor sets or images".into()),
            false => Ok(command),
        }
    }

    pub(super) fn run(&self) -> Result<String, CliError> {
        let manifest = self.input.manifest()?;
        let Filter { role, package, .. } = &self.filter;
        let role = role.as_ref().and_then(|role| unknown::role(&manifest, role));
        let package = || package.as_ref().and_then(|package| unknown::package(&manifest, package));
        if let Some(problem) = role.or_else(package) {
            return Err(CliError::UnknownName(problem));
        }
        let mut matrix = Matrix::new(&manifest);
        self.filter.apply(&mut matrix);
        Ok(self.format.print(&matrix))
    }
}
