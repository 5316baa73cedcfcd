//! `import`: rules of other systems as a patch of `.proto` files.

use std::fs;
use std::path::PathBuf;

use lexopt::prelude::*;

use super::error::CliError;
use super::printed::say;
use crate::Error;
use crate::import::{self, ImportError, Protos, System};

/// The arguments of `import`: the other system's policy, and the `.proto` files to change.
#[derive(Debug)]
pub(super) struct Command {
    system: System,
    /// The files that the other system keeps beside the `.proto` files.
    from: Option<PathBuf>,
    /// The path of the claim that holds roles.
    roles: Vec<String>,
    protos: Protos,
}

impl Command {
    pub(super) fn parse(parser: &mut lexopt::Parser) -> Result<Self, lexopt::Error> {
        let system = parser.value()?.parse()?;
        let mut import = Self { system, from: None, roles: Vec::new(), protos: Protos::default() };
        while let Some(argument) = parser.next()? {
            match argument {
                Long("exclude") => import.protos.exclude.push(parser.value()?.string()?),
                Long("from") => import.from = Some(parser.value()?.into()),
                Short('I') | Long("proto-path") => import.protos.includes.push(parser.value()?.into()),
                Long("role-claim") => import.roles.push(parser.value()?.string()?),
                Value(proto) => import.protos.paths.push(proto.into()),
                argument => return Err(argument.unexpected()),
            }
        }
        if import.protos.includes.is_empty() {
            import.protos.includes.push(".".into());
        }
        if import.roles.is_empty() {
            import.roles.push("roles".to_owned());
        }
        match import.protos.paths.is_empty() {
            true => Err("missing files: give .proto files".into()),
            false => Ok(import),
        }
    }

    /// The patch; the report goes to stderr.
    pub(super) fn run(&self) -> Result<String, CliError> {
        let rules = self.from.as_ref().map(|path| fs::read_to_string(path).map_err(Error::io(path))).transpose()?;
        let import = import::import(self.system, rules.as_deref(), &self.roles, &self.protos);
        let import = import.map_err(|error| self.with_path(error))?;
        say(&import.report);
        Ok(import.patch)
    }

    /// An error in the other system's policy with the path of the policy.
    fn with_path(&self, error: ImportError) -> CliError {
        match (&self.from, error) {
            (Some(path), error @ (ImportError::Document(_) | ImportError::Form(_) | ImportError::NotOne(_))) => {
                CliError::Imported(path.clone(), error)
            }
            (_, error) => error.into(),
        }
    }
}
