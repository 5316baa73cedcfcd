//! `export`: the rules for engines outside the process.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lexopt::prelude::*;

use super::error::CliError;
use super::input::Input;
use super::printed::say;
use crate::Error;
use crate::export::{self, Allowed, Export, Format, Settings, TargetName};

/// The arguments of `export`: sources, target and destination.
#[derive(Debug)]
pub(super) struct Command {
    target: TargetName,
    /// A file in YAML or JSON.
    settings: Option<PathBuf>,
    /// Where the files go. Without one, they are printed.
    out: Option<PathBuf>,
    format: Format,
    allowed: Allowed,
    /// A file or a directory that is deployed, to be compared instead of written.
    check: Option<PathBuf>,
    input: Input,
}

impl Command {
    pub(super) fn parse(parser: &mut lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut export = Self {
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
            false => Ok(export),
        }
    }

    pub(super) fn run(&self) -> Result<String, CliError> {
        let settings = self.settings.as_deref().map_or_else(|| Ok(Settings::default()), read_settings)?;
        let export = export::export(self.target, self.input.manifest()?, &settings, self.allowed)?;
        if !export.report.is_exact() {
            say(&export.report);
        }
        match &self.check {
            Some(deployed) => compare(&export, deployed),
            None => self.write(&export),
        }
    }

    fn write(&self, export: &Export) -> Result<String, CliError> {
        let mut printed = String::new();
        for file in &export.files {
            let (name, text) = file.to_text(self.format)?;
            match &self.out {
                None => printed += &text,
                Some(directory) => {
                    let path = directory.join(name);
                    fs::create_dir_all(directory).and_then(|()| fs::write(&path, text)).map_err(Error::io(&path))?;
                    printed += &format!("{}\n", path.display());
                }
            }
        }
        Ok(printed)
    }
}

fn read_settings(path: &Path) -> Result<Settings, CliError> {
    let text = fs::read_to_string(path).map_err(Error::io(path))?;
    let mut settings = Settings::parse(&text)?;
    if let Some(path) = settings.take_key_file() {
        settings.set_keys(fs::read_to_string(&path).map_err(Error::io(&path))?);
    }
    Ok(settings)
}

fn compare(export: &Export, path: &Path) -> Result<String, CliError> {
    let drifts = export::check(export, &deployed(path)?)?;
    match drifts.as_slice() {
        [] => Ok(format!("{} is what the rules say\n", path.display())),
        drifts => Err(CliError::Drift(drifts.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))),
    }
}

/// A file by its name, or all files below a directory by their paths in it, with their text.
fn deployed(path: &Path) -> Result<BTreeMap<String, String>, CliError> {
    let mut files = BTreeMap::new();
    match path.is_dir() {
        true => read_below(path, path, &mut files)?,
        false => read(path, path.parent().unwrap_or(path), &mut files)?,
    }
    Ok(files)
}

/// Engines read directories below a directory, too. Names that begin with a dot are not read.
fn read_below(directory: &Path, root: &Path, files: &mut BTreeMap<String, String>) -> Result<(), CliError> {
    let entries = fs::read_dir(directory).map_err(Error::io(directory))?;
    for entry in entries {
        let entry = entry.map_err(Error::io(directory))?;
        let path = entry.path();
        match entry.file_name().as_encoded_bytes().starts_with(b".") {
            true => {}
            false if path.is_dir() => read_below(&path, root, files)?,
            false => read(&path, root, files)?,
        }
    }
    Ok(())
}

fn read(path: &Path, root: &Path, files: &mut BTreeMap<String, String>) -> Result<(), CliError> {
    let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
    files.insert(name, fs::read_to_string(path).map_err(Error::io(path))?);
    Ok(())
}
