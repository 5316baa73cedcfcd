//! Generated files to disk.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use prost_build::{Service, ServiceGenerator};
use prost_types::{FileDescriptorProto, FileDescriptorSet, ServiceDescriptorProto};

use super::{Config, Error};
use crate::manifest::{self, Manifest};
use crate::request::File;
use crate::rust::{messages_file, services_file};
use crate::schema;

/// Writes messages and services. Writes nothing if it would overwrite a file that no generator wrote.
pub(super) fn write(config: Config, mut set: FileDescriptorSet, files: Vec<File>) -> Result<(), Error> {
    set.file.retain(|file| file.package() != schema::PACKAGE);
    let directory = directory(&config)?;
    let messages = set.file.iter().map(|file| PathBuf::from(messages_file(file.package())));
    let services = files.iter().map(|file| PathBuf::from(services_file(&file.package)));
    for name in messages.chain(services).chain(config.include_file.clone()) {
        refuse_other(directory.join(name))?;
    }
    let names = files.iter().map(|file| services_file(&file.package)).collect::<BTreeSet<_>>();
    keep_services(&mut set, &names);
    prost(config, names).compile_fds(set).map_err(Error::io(&directory))?;
    files.iter().try_for_each(|file| {
        let services = directory.join(services_file(&file.package));
        let manifest = services.with_extension("json");
        write_changed(services, &file.content)?;
        file.manifest.as_ref().map_or(Ok(()), |content| write_changed(manifest, content))
    })
}

/// Writes the manifest of all packages, or nothing if a file that is no manifest is in the way.
pub(super) fn write_manifest(path: &Path, manifest: &Manifest) -> Result<(), Error> {
    match fs::read_to_string(path) {
        Ok(text) if !manifest::looks_like_one(&text) => return Err(Error::NotManifest(path.to_owned())),
        Ok(_) => {}
        Err(cause) if cause.kind() == ErrorKind::NotFound => {}
        Err(cause) => return Err(Error::io(path)(cause)),
    }
    write_changed(path.to_owned(), &manifest.to_text())
}

/// prost-build asks how to end the file of a package with services, and of no other: a package with roles alone gets an
/// empty service, in a file of its own that says nothing else.
fn keep_services(set: &mut FileDescriptorSet, names: &BTreeSet<String>) {
    let mut alone = BTreeMap::new();
    for file in &mut set.file {
        let name = services_file(file.package());
        match names.contains(&name) {
            true => *alone.entry(file.package().to_owned()).or_insert(true) &= file.service.is_empty(),
            false => file.service.clear(),
        }
    }
    let service = || vec![ServiceDescriptorProto::default()];
    let alone = alone.into_iter().filter_map(|(package, is_alone)| is_alone.then_some(package));
    set.file.extend(alone.map(|package| FileDescriptorProto {
        package: Some(package),
        service: service(),
        ..FileDescriptorProto::default()
    }));
}

/// Ends the file of a package with an `include!` of its services.
struct Inclusion {
    names: BTreeSet<String>,
}

impl ServiceGenerator for Inclusion {
    /// prost-build forgets a package without any text, and then panics when it looks for it.
    fn generate(&mut self, _service: Service, text: &mut String) {
        text.push('\n');
    }

    fn finalize_package(&mut self, package: &str, text: &mut String) {
        let name = services_file(package);
        if self.names.contains(&name) {
            text.push_str(&format!("include!({name:?});\n"));
        }
    }
}

fn prost(config: Config, names: BTreeSet<String>) -> prost_build::Config {
    let Config { options, mut prost, out_dir, include_file, protoc: _, manifest_path: _ } = config;
    prost.service_generator(Box::new(Inclusion { names })).default_package_filename("_");
    for (proto, rust) in options.extern_paths {
        prost.extern_path(proto, rust);
    }
    if options.compile_well_known_types {
        prost.compile_well_known_types();
    }
    if let Some(directory) = out_dir {
        prost.out_dir(directory);
    }
    if let Some(name) = include_file {
        prost.include_file(name);
    }
    prost
}

fn directory(config: &Config) -> Result<PathBuf, Error> {
    config.out_dir.clone().or_else(|| env::var_os("OUT_DIR").map(PathBuf::from)).ok_or(Error::NoOutDir)
}

fn refuse_other(path: PathBuf) -> Result<(), Error> {
    match fs::read(&path) {
        Ok(content) if is_generated(&content) => Ok(()),
        Ok(_) => Err(Error::NotGenerated(path)),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(Error::Io { path, cause }),
    }
}

fn is_generated(content: &[u8]) -> bool {
    let first = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(first).contains("@generated")
}

/// Leaves an unchanged file alone, so that nothing is compiled anew.
fn write_changed(path: PathBuf, content: &str) -> Result<(), Error> {
    if fs::read(&path).is_ok_and(|old| old == content.as_bytes()) {
        return Ok(());
    }
    fs::write(&path, content).map_err(Error::io(path))
}
