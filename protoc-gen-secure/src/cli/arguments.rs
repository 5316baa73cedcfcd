//! Arguments to commands.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

use super::{check, diff, explain, export, help, import, lint, lints, matrix, usage};

/// A command and its arguments.
#[derive(Debug)]
pub(super) enum Command {
    Check(check::Command),
    Diff(diff::Command),
    Explain(explain::Command),
    Export(export::Command),
    Help,
    HelpOf(String),
    Import(import::Command),
    Lint(lint::Command),
    Lints(lints::Command),
    Matrix(matrix::Command),
    PrintProto(PathBuf),
    Usage(usage::Command),
    Version,
}

impl Command {
    pub(super) fn parse(arguments: Vec<OsString>) -> Result<Self, lexopt::Error> {
        if let Some(text) = help::asked(&arguments) {
            return Ok(Self::HelpOf(text));
        }
        let mut parser = lexopt::Parser::from_args(arguments);
        let command = match parser.next()? {
            None | Some(Short('h') | Long("help")) => Self::Help,
            Some(Short('V') | Long("version")) => Self::Version,
            Some(Value(name)) if name == "check" => return check::Command::parse(&mut parser).map(Self::Check),
            Some(Value(name)) if name == "export" => return export::Command::parse(&mut parser).map(Self::Export),
            Some(Value(name)) if name == "import" => return import::Command::parse(&mut parser).map(Self::Import),
            Some(Value(name)) if name == "diff" => return diff::Command::parse(&mut parser).map(Self::Diff),
            Some(Value(name)) if name == "explain" => return explain::Command::parse(&mut parser).map(Self::Explain),
            Some(Value(name)) if name == "lint" => return lint::Command::parse(&mut parser).map(Self::Lint),
            Some(Value(name)) if name == "matrix" => return matrix::Command::parse(&mut parser).map(Self::Matrix),
            Some(Value(name)) if name == "usage" => return usage::Command::parse(&mut parser).map(Self::Usage),
            Some(Value(name)) if name == "print-proto" => Self::PrintProto(parser.value()?.into()),
            Some(Value(name)) if name == "lints" => return lints::Command::parse(&mut parser).map(Self::Lints),
            Some(argument) => return Err(argument.unexpected()),
        };
        match parser.next()? {
            None => Ok(command),
            Some(argument) => Err(argument.unexpected()),
        }
    }
}
