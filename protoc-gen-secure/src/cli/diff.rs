//! `diff`: whose access changed.

use std::fs;
use std::path::PathBuf;

use lexopt::prelude::*;

use super::error::CliError;
use super::git::Revision;
use super::input::Input;
use super::printed::{Printed, say};
use crate::Error;
use crate::manifest::Manifest;
use crate::report::diff::{Allowed, Check, Format, check, compare};
use crate::report::unknown;

#[derive(Debug)]
pub(super) struct Command {
    old: Old,
    new: Input,
    checks: Vec<Check>,
    allow: Option<PathBuf>,
    format: Format,
}

/// The older side of the comparison.
#[derive(Debug)]
enum Old {
    /// Files.
    Files(Input),
    /// The same files as the new ones, of a git revision.
    Revision(String),
}

impl Command {
    pub(super) fn parse(parser: &mut lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut new = Input::default();
        let (mut checks, mut allow, mut format) = (vec![Check::Widening], None, Format::default());
        while let Some(argument) = parser.next()? {
            match argument {
                Long("allow") => allow = Some(parser.value()?.into()),
                Long("check") => checks.push(parser.value()?.parse()?),
                Long("exclude") => new.exclude.push(parser.value()?.string()?),
                Long("format") => format = parser.value()?.parse()?,
                Short('I') | Long("proto-path") => new.includes.push(parser.value()?.into()),
                Value(path) => new.paths.push(path.into()),
                argument => return Err(argument.unexpected()),
            }
        }
        let old = Old::first_of(&mut new)?;
        let revision = new.paths.iter().find(|path| path.to_string_lossy().starts_with("git:") && !path.exists());
        match (new.paths.is_empty(), revision) {
            (true, _) => Err("missing files: give OLD and NEW; OLD may be `git:REVISION`".into()),
            (false, Some(path)) => {
                Err(format!("`{}` cannot be NEW: only OLD may be a revision", path.display()).into())
            }
            (false, None) => Ok(Self { old, new, checks, allow, format }),
        }
    }

    pub(super) fn run(&self) -> Result<Printed, CliError> {
        let (old, new) = (self.old()?, self.new.manifest()?);
        let allowed = self.allowed()?;
        self.warn_of_misspelt_roles(&old, &new);
        let changes = compare(&old, &new);
        let mut findings = check(&self.checks, &changes, &new, &allowed);
        findings.iter_mut().for_each(|finding| finding.at.file = self.new.path_of(&finding.at.file));
        Ok(Printed { text: self.format.print(&changes, &findings, &allowed), is_failure: !findings.is_empty() })
    }

    /// A check of a role that nobody has cannot fail. That is right for a role that must not come, and wrong for a typing
    /// error.
    fn warn_of_misspelt_roles(&self, old: &Manifest, new: &Manifest) {
        for check in &self.checks {
            let Check::Role(role) = check else { continue };
            let similar = || unknown::similar_role(new, role).or_else(|| unknown::similar_role(old, role));
            if let (false, Some(similar)) = (old.roles().contains(role), similar()) {
                say(format_args!(
                    "protoc-gen-secure: warning: no rule names the role of `{check}`; did you mean `{similar}`?"
                ));
            }
        }
    }

    fn old(&self) -> Result<Manifest, CliError> {
        match &self.old {
            Old::Files(input) => input.manifest(),
            Old::Revision(revision) => Revision::check_out(revision, &self.new.paths)?.input(&self.new)?.manifest(),
        }
    }

    fn allowed(&self) -> Result<Allowed, CliError> {
        let Some(path) = &self.allow else { return Ok(Allowed::default()) };
        let text = fs::read_to_string(path).map_err(Error::io(path))?;
        Allowed::parse(&text).map_err(|error| CliError::Allow(path.clone(), error))
    }
}

impl Old {
    /// Takes the first path, which is `git:REV` or a file.
    fn first_of(new: &mut Input) -> Result<Self, lexopt::Error> {
        let path = new.paths.drain(..new.paths.len().min(1)).next();
        let path = path.ok_or("missing files: give OLD and NEW; OLD may be `git:REVISION`")?;
        let revision = path.to_str().and_then(|path| path.strip_prefix("git:")).map(str::to_owned);
        let files = || Self::Files(Input { paths: vec![path], ..new.clone() });
        Ok(revision.map_or_else(files, Self::Revision))
    }
}
