//! `usage`: what an audit log shows of the use of the rules.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};

use lexopt::prelude::*;

use super::error::CliError;
use super::input::Input;
use super::progress::Progress;
use crate::Error;
use crate::report::usage::{Format, Tally, Usage};

#[derive(Debug, Default)]
pub(super) struct Command {
    rules: Input,
    logs: Vec<PathBuf>,
    format: Format,
    shows_progress: bool,
}

impl Command {
    pub(super) fn parse(parser: &mut lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut command = Self { shows_progress: std::io::stderr().is_terminal(), ..Self::default() };
        while let Some(argument) = parser.next()? {
            match argument {
                Long("audit") => command.logs.extend(parser.values()?.map(PathBuf::from)),
                Long("exclude") => command.rules.exclude.push(parser.value()?.string()?),
                Long("format") => command.format = parser.value()?.parse()?,
                Short('I') | Long("proto-path") => command.rules.includes.push(parser.value()?.into()),
                Long("manifest") => command.rules.paths.push(parser.value()?.into()),
                Long("progress") => command.shows_progress = true,
                argument => return Err(argument.unexpected()),
            }
        }
        match (command.rules.paths.is_empty(), command.logs.is_empty()) {
            (true, _) => Err("missing option '--manifest'".into()),
            (_, true) => Err("missing option '--audit'".into()),
            _ => Ok(command),
        }
    }

    pub(super) fn run(&self) -> Result<String, CliError> {
        let manifest = self.rules.manifest()?;
        let mut tally = Tally::new(&manifest);
        let total = self.logs.iter().filter_map(|log| log.metadata().ok()).map(|log| log.len()).sum();
        let mut progress = Progress::new(total, self.shows_progress);
        for log in &self.logs {
            tally.read(open(log)?, |bytes| progress.add(bytes)).map_err(Error::io(log))?;
        }
        progress.finish();
        Ok(self.format.print(&Usage::new(&manifest, tally)))
    }
}

/// `-` is stdin.
fn open(path: &Path) -> Result<Box<dyn BufRead>, CliError> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let file = File::open(path).map_err(Error::io(path))?;
    Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, file)))
}

const BUFFER_BYTES: usize = 256 * 1024;
