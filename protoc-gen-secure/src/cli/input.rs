//! What a report reads: manifests, descriptor sets and images, `.proto` files and directories of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use prost::Message as _;
use prost_types::FileDescriptorProto;

use super::error::CliError;
use super::printed::note;
use crate::Error;
use crate::compile::{Compiled, compile_with_protox};
use crate::declared::{Descriptors, Exclude, files_of_set, join};
use crate::manifest::Manifest;

/// Files on disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Input {
    /// Where imports of `.proto` files are found. Without one: the directories that are read, or else the current one.
    pub(super) includes: Vec<PathBuf>,
    /// Packages and services of others, by full name.
    pub(super) exclude: Vec<String>,
    pub(super) paths: Vec<PathBuf>,
}

impl Input {
    /// The rules of all files together, without the services of others.
    pub(super) fn manifest(&self) -> Result<Manifest, CliError> {
        let mut manifest = Manifest::default();
        for path in self.paths.iter().filter(|path| is_manifest(path)) {
            merge(&mut manifest, written(path)?, path)?;
        }
        let exclude = Exclude::new(&self.exclude).map_err(Error::Options)?;
        let mut left_out =
            manifest.services.keys().filter(|name| exclude.covers(name)).cloned().collect::<BTreeSet<_>>();
        manifest.services.retain(|name, _| !exclude.covers(name));
        for (path, descriptors) in self.descriptors()? {
            if !self.exclude.is_empty() {
                left_out.extend(services(&descriptors).filter(|name| exclude.covers(name)));
            }
            merge(&mut manifest, crate::resolve(&descriptors, &self.exclude)?, &path)?;
        }
        note_left_out(&left_out);
        match manifest.services.is_empty() {
            true => Err(CliError::NoService(self.paths.clone())),
            false => Ok(manifest),
        }
    }

    /// The path of a file that imports call by its name; the name itself if it is in none of the directories.
    pub(super) fn path_of(&self, name: &str) -> String {
        let directories = self.includes.iter().chain(&self.paths);
        let path = directories.map(|directory| directory.join(name)).find(|path| path.is_file());
        path.map_or_else(|| name.to_owned(), |path| path.to_string_lossy().trim_start_matches("./").to_owned())
    }

    /// The `.proto` files, those of directories included.
    pub(super) fn protos(&self) -> Result<Vec<PathBuf>, CliError> {
        let mut protos = Vec::new();
        for path in &self.paths {
            if path.is_dir() {
                protos_below(path, &mut protos).map_err(Error::io(path))?;
            } else if path.extension().is_some_and(|extension| extension == "proto") {
                protos.push(path.clone());
            }
        }
        Ok(protos)
    }

    /// The descriptors of everything but manifests: each set or image, and all `.proto` files together.
    pub(super) fn descriptors(&self) -> Result<Vec<(PathBuf, Descriptors)>, CliError> {
        let protos = self.protos()?;
        let is_set = |path: &&PathBuf| !path.is_dir() && !is_manifest(path) && !protos.contains(path);
        let mut all = Vec::new();
        for path in self.paths.iter().filter(is_set) {
            let compiled = of_image(path, &[])?;
            all.push((path.clone(), descriptors(compiled)?));
        }
        if let Some(first) = protos.first() {
            all.push((first.clone(), self.compiled(&protos)?));
        }
        Ok(all)
    }

    fn compiled(&self, protos: &[PathBuf]) -> Result<Descriptors, CliError> {
        let directories = self.paths.iter().filter(|path| path.is_dir()).cloned().collect::<Vec<_>>();
        let includes = match (self.includes.is_empty(), directories.is_empty()) {
            (false, _) => self.includes.clone(),
            (true, false) => directories,
            (true, true) => vec![PathBuf::from(".")],
        };
        let protos = protos.iter().map(PathBuf::as_path).collect::<Vec<_>>();
        let includes = includes.iter().map(PathBuf::as_path).collect::<Vec<_>>();
        descriptors(compile_with_protox(&protos, &includes)?)
    }
}

/// Names the services that `--exclude` left out, so that a report without them is not taken for a complete one.
fn note_left_out(services: &BTreeSet<String>) {
    if !services.is_empty() {
        let names = services.iter().map(|name| name.escape_debug().to_string()).collect::<Vec<_>>();
        note(format_args!("`--exclude` leaves out {}", names.join(", ")));
    }
}

/// The full names of the services that are read. A file that cannot be read is reported where it is resolved.
fn services(descriptors: &Descriptors) -> impl Iterator<Item = String> {
    let to_generate = descriptors.to_generate.iter().map(String::as_str).collect::<BTreeSet<_>>();
    let files = descriptors.files.iter().filter_map(|file| FileDescriptorProto::decode(&**file).ok());
    files
        .filter(move |file| to_generate.contains(file.name()))
        .flat_map(|file| file.service.iter().map(|service| join(file.package(), service.name())).collect::<Vec<_>>())
}

fn is_manifest(path: &Path) -> bool {
    !path.is_dir() && path.extension().is_some_and(|extension| extension == "json")
}

fn merge(manifest: &mut Manifest, other: Manifest, path: &Path) -> Result<(), CliError> {
    manifest.merge(other).map_err(|error| CliError::Manifest(path.to_owned(), error.into()))
}

fn written(path: &Path) -> Result<Manifest, CliError> {
    let text = fs::read(path).map_err(Error::io(path))?;
    Manifest::parse(&text).map_err(|error| match is_image(&text) {
        true => CliError::NoDescriptors(path.to_owned()),
        false => CliError::Manifest(path.to_owned(), error),
    })
}

/// Whether this is an image of buf as JSON.
fn is_image(text: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(text).is_ok_and(|image| image["file"].is_array())
}

/// A set of protoc or an image of buf. Files that buf marks as imports, or that an extern path covers, are not generated.
pub(super) fn of_image(path: &Path, extern_paths: &[(String, String)]) -> Result<Compiled, CliError> {
    let set = fs::read(path).map_err(Error::io(path))?;
    Compiled::from_set(set, extern_paths).map_err(|_| CliError::NoDescriptors(path.to_owned()))
}

pub(super) fn descriptors(compiled: Compiled) -> Result<Descriptors, CliError> {
    let Compiled { set, to_generate, is_from_source, .. } = compiled;
    Ok(Descriptors { files: files_of_set(&set)?, to_generate, is_from_source, ..Descriptors::default() })
}

/// Every `.proto` file below a directory, sorted.
fn protos_below(directory: &Path, protos: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let entries = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<BTreeSet<_>>>()?;
    for path in entries {
        if path.is_dir() {
            protos_below(&path, protos)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            protos.push(path);
        }
    }
    Ok(())
}
