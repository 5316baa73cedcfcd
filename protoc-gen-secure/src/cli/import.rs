//! `import`: rules of other systems as a patch of `.proto` files.

use std::fs;
use std::path::PathBuf;

use super::error::CliError;
use super::printed::say;
use crate::Error;
use crate::import::{self, Protos, System};

/// The arguments of `import`: the other system's policy, and the `.proto` files to change.
#[derive(Debug)]
pub(super) struct ImportCommand {
    pub(super) system: System,
    /// The files that the other system keeps beside the `.proto` files.
    pub(super) from: Option<PathBuf>,
    /// The path of the claim that holds roles.
    pub(super) roles: Vec<String>,
    pub(super) protos: Protos,
}

impl ImportCommand {
    /// The patch; the report goes to stderr.
    pub(super) fn run(&self) -> Result<String, CliError> {
        let rules = self.from.as_ref().map(|path| fs::read_to_string(path).map_err(Error::io(path))).transpose()?;
        let import = import::import(self.system, rules.as_deref(), &self.roles, &self.protos)?;
        say(&import.report);
        Ok(import.patch)
    }
}
