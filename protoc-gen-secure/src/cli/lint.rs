//! `lint`: every finding about schemas, without generating.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use lexopt::prelude::*;
use serde_json::json;

use super::error::CliError;
use super::input::Input;
use super::printed::note;
use super::{Printed, fix};
use crate::Error;
use crate::diagnostic::{Diagnostic, Lint, Severity};
use crate::report::annotation::Annotation;
use crate::report::{choice, github, json, sarif};
use crate::request::{Options, Request};

#[derive(Debug, Default)]
pub(super) struct Command {
    input: Input,
    format: Format,
    /// True if a public method without a reason is an error.
    is_strict: bool,
    /// True if the files are changed.
    fixes: bool,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Format {
    /// Workflow commands of GitHub Actions.
    Github,
    Json,
    Sarif,
    #[default]
    Text,
}

impl Command {
    pub(super) fn parse(parser: &mut lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut command = Self::default();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("exclude") => command.input.exclude.push(parser.value()?.string()?),
                Long("fix") => command.fixes = true,
                Long("format") => command.format = parser.value()?.parse()?,
                Short('I') | Long("proto-path") => command.input.includes.push(parser.value()?.into()),
                Long("strict-public") => command.is_strict = true,
                Value(path) => command.input.paths.push(path.into()),
                argument => return Err(argument.unexpected()),
            }
        }
        match command.input.paths.is_empty() {
            true => Err("missing files: give .proto files, directories, descriptor sets or images".into()),
            false => Ok(command),
        }
    }

    pub(super) fn run(&self) -> Result<Printed, CliError> {
        if self.fixes {
            self.of_protos()?.fix()?;
        }
        let found = self.found()?;
        let is_failure = found.iter().any(|found| found.severity == Severity::Error);
        Ok(Printed { text: self.format.print(&found), is_failure })
    }

    /// Every finding, at the path of its file.
    fn found(&self) -> Result<Vec<Diagnostic>, CliError> {
        let exclude = self.input.exclude.clone();
        let options = Options { strict_public: self.is_strict, exclude, ..Options::default() };
        let descriptors = match self.input.descriptors() {
            Ok(descriptors) if descriptors.is_empty() => return Err(CliError::NoFiles),
            Ok(descriptors) => descriptors,
            Err(CliError::Mistyped(found)) => return Ok(self.placed(found.into_sorted())),
            Err(error) => return Err(error),
        };
        let mut found = Vec::new();
        for (_, descriptors) in descriptors {
            found.extend(crate::lint(&Request { descriptors, options: options.clone() })?);
        }
        Ok(self.placed(found))
    }

    fn placed(&self, mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        found.iter_mut().for_each(|found| found.at.file = self.input.path_of(&found.at.file));
        found
    }

    /// The command for the `.proto` files alone. Positions in a descriptor set may be of another text than the file has now.
    fn of_protos(&self) -> Result<Self, CliError> {
        let is_proto = |path: &&PathBuf| path.is_dir() || path.extension().is_some_and(|it| it == "proto");
        let paths = self.input.paths.iter().filter(is_proto).cloned().collect::<Vec<_>>();
        match paths.is_empty() {
            true => Err(CliError::NothingToFix),
            false => Ok(Self { input: Input { paths, ..self.input.clone() }, ..Self::default() }),
        }
    }

    /// Corrects files: first missing imports, as nothing compiles without them, then missing rules.
    fn fix(&self) -> Result<(), CliError> {
        for path in self.input.protos()? {
            let text = read(&path)?;
            if let Some(fixed) = fix::with_import(&text) {
                write(&path, &fixed)?;
            }
        }
        let mut methods = BTreeMap::<_, Vec<_>>::new();
        for Diagnostic { at, .. } in self.found()?.into_iter().filter(|found| found.lint == Lint::MissingRule) {
            methods.entry(PathBuf::from(at.file)).or_default().extend(at.position);
        }
        methods.retain(|path, _| path.is_file());
        let fixed = |(path, methods): (PathBuf, Vec<_>)| {
            let text = read(&path)?;
            Ok(Fix { fixed: fix::with_defaults(&text, &methods), text, path })
        };
        self.apply(&methods.into_iter().map(fixed).collect::<Result<Vec<_>, CliError>>()?)
    }

    /// Writes the files. One that does not compile then stays as it was.
    fn apply(&self, fixes: &[Fix]) -> Result<(), CliError> {
        fixes.iter().try_for_each(|fix| write(&fix.path, &fix.fixed))?;
        if self.input.descriptors().is_ok() {
            return Ok(());
        }
        fixes.iter().try_for_each(|fix| write(&fix.path, &fix.text))?;
        for Fix { path, text, fixed } in fixes {
            write(path, fixed)?;
            if self.input.descriptors().is_err() {
                write(path, text)?;
                note(format_args!("`--fix` leaves {} as it is, because it would not compile", path.display()));
            }
        }
        Ok(())
    }
}

/// A file, and how it is corrected.
struct Fix {
    path: PathBuf,
    text: String,
    fixed: String,
}

fn read(path: &Path) -> Result<String, CliError> {
    Ok(fs::read_to_string(path).map_err(Error::io(path))?)
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    Ok(fs::write(path, text).map_err(Error::io(path))?)
}

impl Format {
    fn print(self, found: &[Diagnostic]) -> String {
        match self {
            Self::Github => annotations(found, github::commands),
            Self::Json => json::text(&found.iter().map(object).collect::<Vec<_>>()),
            Self::Sarif => annotations(found, sarif::log),
            Self::Text => found.iter().map(|found| format!("{found}\n")).collect(),
        }
    }
}

fn annotations(found: &[Diagnostic], print: fn(&[Annotation<'_>]) -> String) -> String {
    let messages = found.iter().map(|found| format!("{} ({})", found.message, found.help)).collect::<Vec<_>>();
    let annotations = found.iter().zip(&messages).map(|(Diagnostic { at, lint, severity, .. }, message)| Annotation {
        rule: lint.name(),
        severity: *severity,
        message,
        at,
    });
    print(&annotations.collect::<Vec<_>>())
}

fn object(Diagnostic { at, lint, severity, message, help }: &Diagnostic) -> serde_json::Value {
    let (at, lint) = (at.to_string(), lint.name());
    json!({ "at": at, "lint": lint, "severity": severity.name(), "message": message, "help": help })
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = [("github", Self::Github), ("json", Self::Json), ("sarif", Self::Sarif), ("text", Self::Text)];
        choice("format", name, &known)
    }
}
