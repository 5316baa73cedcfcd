//! Generated files to disk.
//!
//! 1. Make all files in memory.
//! 2. Refuse to replace what another call or nobody generated.
//! 3. Write what changed.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use prost_build::{Module, Service, ServiceGenerator};
use prost_types::{FileDescriptorProto, FileDescriptorSet, ServiceDescriptorProto};

use super::allow::allow_lints;
use super::calls::{CALLS, Call, Calls};
use super::content::Content;
use super::error::Error;
use super::settings::{DescriptorSet, Settings};
use super::{comments, modules};
use crate::declared;
use crate::request::Generated;
use crate::rust::services_file;
use crate::schema;

/// What one call writes.
pub(super) struct Output {
    pub(super) settings: Settings,
    /// The encoded descriptors.
    pub(super) set: Vec<u8>,
    /// The same, without rules.
    pub(super) descriptors: FileDescriptorSet,
    pub(super) generated: Generated,
}

impl Output {
    /// Writes all files, or none if one of them would replace a file that is not the call's own.
    pub(super) fn write(self, call: &Call) -> Result<(), Error> {
        let mut calls = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
        self.write_after(&mut calls, call)
    }

    fn write_after(mut self, calls: &mut Calls, call: &Call) -> Result<(), Error> {
        let directory = directory(&self.settings)?;
        let mut files = self.services(&directory);
        files.extend(self.descriptor_set(&directory)?);
        let messages = self.messages().map_err(Error::io(&directory))?;
        let modules = messages.keys().cloned().collect();
        files.extend(
            messages.into_iter().map(|(it, text)| (directory.join(it.to_file_name_or("_")), Content::rust(text))),
        );
        calls.claim(call, &self.set, &files)?;
        if let Some(path) = self.settings.manifest_path {
            let manifest = calls.add_manifest(&path, call, self.generated.manifest)?;
            files.insert(path, Content::manifest(manifest.to_text()));
        }
        if let Some(name) = self.settings.include_file {
            let path = directory.join(name);
            let modules = calls.add_modules(&path, call, modules);
            files.insert(path, Content::rust(modules::text(&modules, self.settings.out_dir.is_none())));
        }
        files.iter().try_for_each(|(path, content)| content.refuse_other(path))?;
        files.into_iter().try_for_each(|(path, content)| content.write(path))
    }

    /// Our own files, with the manifests beside them.
    fn services(&self, directory: &Path) -> BTreeMap<PathBuf, Content> {
        let mut files = BTreeMap::new();
        for file in &self.generated.files {
            let services = directory.join(services_file(&file.package));
            let manifest = file.manifest.clone().map(|text| (services.with_extension("json"), Content::manifest(text)));
            files.extend(manifest);
            files.insert(services, Content::rust(file.content.clone()));
        }
        files
    }

    fn descriptor_set(&self, directory: &Path) -> Result<Option<(PathBuf, Content)>, Error> {
        let Some(DescriptorSet { path, has_rules }) = &self.settings.descriptor_set else { return Ok(None) };
        let set = declared::strip(&self.set, *has_rules)?;
        Ok(Some((directory.join(path), Content::descriptor_set(set))))
    }

    /// The messages of each package, by module.
    fn messages(&mut self) -> io::Result<BTreeMap<Module, String>> {
        let mut set = mem::take(&mut self.descriptors);
        set.file.retain(|file| file.package() != schema::PACKAGE);
        comments::make_harmless(&mut set);
        let names = self.generated.files.iter().map(|file| services_file(&file.package)).collect();
        keep_services(&mut set, &names);
        let module = |file: FileDescriptorProto| (Module::from_protobuf_package_name(file.package()), file);
        let modules = prost(&mut self.settings, names).generate(set.file.into_iter().map(module).collect())?;
        Ok(modules.into_iter().map(|(module, text)| (module, allow_lints(&text))).collect())
    }
}

/// prost-build calls the service generator only for packages with services. So a package with roles alone gets an empty
/// service, in a file of its own.
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

fn prost(settings: &mut Settings, names: BTreeSet<String>) -> &mut prost_build::Config {
    let Settings { options, prost, .. } = settings;
    prost.service_generator(Box::new(Inclusion { names }));
    for (proto, rust) in &options.extern_paths {
        prost.extern_path(proto, rust);
    }
    if options.compile_well_known_types {
        prost.compile_well_known_types();
    }
    prost
}

fn directory(settings: &Settings) -> Result<PathBuf, Error> {
    settings.out_dir.clone().or_else(|| env::var_os("OUT_DIR").map(PathBuf::from)).ok_or(Error::NoOutDir)
}
