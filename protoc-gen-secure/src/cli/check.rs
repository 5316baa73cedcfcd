//! `check`: whether generated files that are checked in are what would be generated now.

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use lexopt::prelude::*;

use super::error::CliError;
use super::input::{descriptors, of_image};
use super::line_ends::unix;
use super::printed::say;
use crate::Error;
use crate::compile::{Compiled, compile_with_protox};
use crate::manifest::{self, Manifest};
use crate::plugin::{self, Output, OutputFile, Parameters};

/// The arguments of `check`.
#[derive(Debug, Default)]
pub(super) struct Command {
    /// The output directory of protoc or buf.
    out: Option<PathBuf>,
    /// The manifest of all packages, as build scripts write it.
    manifest: Option<PathBuf>,
    /// Each as protoc's `--secure_opt` takes it.
    parameters: Vec<String>,
    includes: Vec<PathBuf>,
    /// Packages and services of others, as the parameter `exclude` names them.
    exclude: Vec<String>,
    descriptor_set: Option<PathBuf>,
    /// Paths of files, or names in the descriptor set.
    protos: Vec<PathBuf>,
}

impl Command {
    pub(super) fn parse(parser: &mut lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut check = Self::default();
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
        Ok(check)
    }

    pub(super) fn run(&self) -> Result<String, CliError> {
        let parameters =
            Parameters::parse(&self.parameters.join(",")).map_err(Error::Options)?.excluding(&self.exclude);
        let output = plugin::generate(descriptors(self.compile(&parameters)?)?, parameters)?;
        output.warnings.iter().for_each(say);
        if output.files.is_empty() {
            return Err(CliError::Nothing);
        }
        let mut findings = self.manifest.iter().filter_map(|path| compare_manifest(path, &output)).collect::<Vec<_>>();
        if let Some(out) = &self.out {
            findings.extend(compare_all(out, &output.files).map_err(Error::io(out))?);
        }
        match findings.as_slice() {
            [] => {
                let checked = self.out.iter().chain(&self.manifest);
                Ok(checked.map(|path| format!("{} is up to date\n", path.display())).collect())
            }
            findings => Err(CliError::OutOfDate(lines(findings))),
        }
    }

    fn compile(&self, parameters: &Parameters) -> Result<Compiled, CliError> {
        let protos = self.protos.iter().map(PathBuf::as_path).collect::<Vec<_>>();
        let includes = self.includes.iter().map(PathBuf::as_path).collect::<Vec<_>>();
        let Some(path) = &self.descriptor_set else { return Ok(compile_with_protox(&protos, &includes)?) };
        let mut compiled = of_image(path, parameters.extern_paths())?;
        if !compiled.has_positions()? {
            return Err(CliError::NoPositions(path.clone()));
        }
        if !protos.is_empty() {
            compiled.to_generate = protos.iter().map(|proto| proto.to_string_lossy().into_owned()).collect();
        }
        Ok(compiled)
    }
}

fn compare_manifest(path: &Path, output: &Output) -> Option<Finding> {
    let what = match fs::read_to_string(path).map(unix).map(|found| (Manifest::parse(found.as_bytes()), found)) {
        Err(error) => unreadable(&error),
        Ok((Err(error), _)) => format!("is broken: {error}").into(),
        Ok((Ok(_), found)) if found != output.manifest.to_text() => "differs".into(),
        Ok((Ok(_), _)) => return None,
    };
    Some(Finding { path: path.to_owned(), what })
}

/// The files that differ from what is generated, and files of ours that nothing generates any more.
fn compare_all(out: &Path, files: &[OutputFile]) -> io::Result<Vec<Finding>> {
    let mut findings = files.iter().filter_map(|file| compare(out, file)).collect::<Vec<_>>();
    let expected = files.iter().map(|file| out.join(&file.name)).collect::<Vec<_>>();
    let mut paths = Vec::new();
    ours_below(out, &mut paths)?;
    paths.retain(|path| !expected.contains(path));
    findings.extend(paths.into_iter().map(|path| Finding { path, what: "is left over".into() }));
    Ok(findings)
}

fn compare(out: &Path, file: &OutputFile) -> Option<Finding> {
    let path = out.join(&file.name);
    let found = match fs::read_to_string(&path).map(unix) {
        Err(error) => return Some(Finding { path, what: unreadable(&error) }),
        Ok(found) => found,
    };
    let inserted = file.insertion_point.is_some();
    match inserted {
        true if !found.contains(file.content.trim_end()) => {
            Some(Finding { path, what: "does not include its services".into() })
        }
        false if found != file.content => Some(Finding { path, what: "differs".into() }),
        _ => None,
    }
}

fn unreadable(error: &io::Error) -> Cow<'static, str> {
    match error.kind() {
        io::ErrorKind::InvalidData => "is not UTF-8".into(),
        io::ErrorKind::NotFound => "is missing".into(),
        _ => format!("cannot be read: {error}").into(),
    }
}

/// A file that is not as it should be.
#[derive(Debug)]
struct Finding {
    path: PathBuf,
    what: Cow<'static, str>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {} {}", self.path.display(), self.what)
    }
}

fn lines(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn ours_below(directory: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            ours_below(&path, paths)?;
        } else if is_ours(&path) {
            paths.push(path);
        }
    }
    Ok(())
}

fn is_ours(path: &Path) -> bool {
    let content = || fs::read_to_string(path).unwrap_or_default();
    let name = path.to_string_lossy();
    name.ends_with(".secure.rs") && content().starts_with("// @generated by protoc-gen-secure")
        || name.ends_with(".secure.json") && manifest::looks_like_one(&content())
}
