//! `lint`: every finding about schemas, without generating.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use lexopt::prelude::*;
use serde_json::json;

use super::error::CliError;
use super::input::Input;
use super::{Printed, fix};
use crate::Error;
use crate::diagnostic::{Diagnostic, Lint, Severity};
use crate::report::annotation::Annotation;
use crate::report::{github, sarif};
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
            self.fix()?;
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

    /// Corrects files: first missing imports, as nothing compiles without them, then missing rules.
    fn fix(&self) -> Result<(), CliError> {
        for path in self.input.protos()? {
            let text = fs::read_to_string(&path).map_err(Error::io(&path))?;
            if let Some(fixed) = fix::with_import(&text) {
                fs::write(&path, fixed).map_err(Error::io(&path))?;
            }
        }
        let mut methods = BTreeMap::<_, Vec<_>>::new();
        for Diagnostic { at, .. } in self.found()?.into_iter().filter(|found| found.lint == Lint::MissingRule) {
            methods.entry(PathBuf::from(at.file)).or_default().extend(at.position);
        }
        methods.retain(|path, _| path.is_file());
        let texts = methods.keys().map(|path| Ok((path, fs::read_to_string(path).map_err(Error::io(path))?)));
        let texts = texts.collect::<Result<Vec<_>, CliError>>()?;
        for (path, text) in &texts {
            fs::write(path, fix::with_defaults(text, &methods[*path])).map_err(Error::io(*path))?;
        }
        // An option that sets other fields of the same rules takes no second statement; then the text stays as it was.
        if self.input.descriptors().is_err() {
            texts.iter().try_for_each(|(path, text)| fs::write(path, text).map_err(Error::io(*path)))?;
        }
        Ok(())
    }
}

impl Format {
    fn print(self, found: &[Diagnostic]) -> String {
        match self {
            Self::Github => annotations(found, github::commands),
            Self::Json => format!("{:#}\n", json!(found.iter().map(object).collect::<Vec<_>>())),
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

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "github" => Ok(Self::Github),
            "json" => Ok(Self::Json),
            "sarif" => Ok(Self::Sarif),
            "text" => Ok(Self::Text),
            _ => Err(format!("there is no format `{text}`; known are `github`, `json`, `sarif` and `text`")),
        }
    }
}
