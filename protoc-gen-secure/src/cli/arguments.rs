//! Arguments to commands.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

use super::check::Check;
use super::export::ExportCommand;
use super::help;
use super::import::ImportCommand;
use super::input::Input;
use super::{diff, explain, lint, matrix, usage};
use crate::export::{Allowed, Format};
use crate::import::Protos;

/// A command and its arguments.
#[derive(Debug)]
pub(super) enum Command {
    Check(Check),
    Export(ExportCommand),
    Diff(diff::Command),
    Explain(explain::Command),
    Help,
    HelpOf(String),
    Import(ImportCommand),
    Lint(lint::Command),
    Lints(Option<String>),
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
            Some(Value(name)) if name == "check" => return check(&mut parser),
            Some(Value(name)) if name == "export" => return export(&mut parser),
            Some(Value(name)) if name == "import" => return import(&mut parser),
            Some(Value(name)) if name == "diff" => return diff::Command::parse(&mut parser).map(Self::Diff),
            Some(Value(name)) if name == "explain" => return explain::Command::parse(&mut parser).map(Self::Explain),
            Some(Value(name)) if name == "lint" => return lint::Command::parse(&mut parser).map(Self::Lint),
            Some(Value(name)) if name == "matrix" => return matrix::Command::parse(&mut parser).map(Self::Matrix),
            Some(Value(name)) if name == "usage" => return usage::Command::parse(&mut parser).map(Self::Usage),
            Some(Value(name)) if name == "print-proto" => Self::PrintProto(parser.value()?.into()),
            Some(Value(name)) if name == "lints" => return lints(&mut parser),
            Some(argument) => return Err(argument.unexpected()),
        };
        match parser.next()? {
            None => Ok(command),
            Some(argument) => Err(argument.unexpected()),
        }
    }
}

fn lints(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut name = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Value(lint) if name.is_none() => name = Some(lint.string()?),
            argument => return Err(argument.unexpected()),
        }
    }
    Ok(Command::Lints(name))
}

fn check(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut check = Check::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("descriptor-set") => check.descriptor_set = Some(parser.value()?.into()),
            Long("exclude") => check.exclude.push(parser.value()?.string()?),
            Short('I') | Long("proto-path") => check.includes.push(parser.value()?.into()),
            Long("opt") => check.parameters.push(parser.value()?.string()?),
            Long("manifest") => check.manifest = Some(parser.value()?.into()),
            Long("out") => check.out = Some(parser.value()?.into()),
            Value(proto) => check.protos.push(proto.into()),
            argument => return Err(argument.unexpected()),
        }
    }
    if check.out.is_none() && check.manifest.is_none() {
        return Err("missing option '--out' or '--manifest'".into());
    }
    if check.descriptor_set.is_none() && check.protos.is_empty() {
        return Err("missing files: give .proto files or '--descriptor-set'".into());
    }
    if check.includes.is_empty() {
        check.includes.push(".".into());
    }
    Ok(Command::Check(check))
}

fn export(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut export = ExportCommand {
        target: parser.value()?.parse()?,
        settings: None,
        out: None,
        format: Format::default(),
        allowed: Allowed::default(),
        check: None,
        input: Input::default(),
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("allow-stricter") => export.allowed.stricter = true,
            Long("check") => export.check = Some(parser.value()?.into()),
            Long("exclude") => export.input.exclude.push(parser.value()?.string()?),
            Long("format") => export.format = parser.value()?.parse()?,
            Short('I') | Long("proto-path") => export.input.includes.push(parser.value()?.into()),
            Long("out") => export.out = Some(parser.value()?.into()),
            Long("partial") => export.allowed.partial = true,
            Long("settings") => export.settings = Some(parser.value()?.into()),
            Value(input) => export.input.paths.push(input.into()),
            argument => return Err(argument.unexpected()),
        }
    }
    match export.input.paths.is_empty() {
        true => Err("missing files: give manifests or .proto files".into()),
        false => Ok(Command::Export(export)),
    }
}

fn import(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let system = parser.value()?.parse()?;
    let mut import = ImportCommand { system, from: None, roles: Vec::new(), protos: Protos::default() };
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
        false => Ok(Command::Import(import)),
    }
}
