//! The front end: `.proto` files → descriptors.

#[cfg(feature = "cli")]
pub(crate) mod edit;
mod edition;
mod error;
mod in_process;
mod mistyped;
mod protoc;

use std::path::{Path, PathBuf};

use prost::{DecodeError, Message as _};
use prost_types::FileDescriptorSet;
use protox::file::{FileResolver as _, IncludeFileResolver};

use crate::declared::image;
use crate::schema;

pub(crate) use edition::refuse_editions;
pub(crate) use error::CompileError;
pub(crate) use in_process::compile_with_protox;
#[cfg(feature = "cli")]
pub(crate) use mistyped::{Token, tokens};
pub(crate) use protoc::compile_with_protoc;
#[cfg(feature = "cli")]
pub(crate) use protoc::write_schema;

/// The result of a protobuf compiler.
pub(crate) struct Compiled {
    /// An encoded `FileDescriptorSet`.
    pub(crate) set: Vec<u8>,
    /// The names of the files to generate.
    pub(crate) to_generate: Vec<String>,
    /// The paths of the files that the compiler read.
    pub(crate) read: Vec<PathBuf>,
    /// True if the compiler read the text of the files.
    pub(crate) is_from_source: bool,
}

impl Compiled {
    /// Wraps an encoded `FileDescriptorSet`, or an image of buf. All its files are generated, except those that an extern
    /// path covers, and those that buf marks as imports.
    ///
    /// # Errors
    ///
    /// The set cannot be decoded.
    pub(crate) fn from_set(set: Vec<u8>, extern_paths: &[(String, String)]) -> Result<Self, CompileError> {
        let (files, imports) = (decode(&set)?.file, image::imports(&set).map_err(broken)?);
        let own =
            files.iter().filter(|file| !is_extern(file.package(), extern_paths) && !imports.contains(file.name()));
        let to_generate = own.map(|file| file.name().to_owned()).collect();
        Ok(Self { to_generate, read: Vec::new(), set, is_from_source: false })
    }

    /// True if the set has source positions.
    ///
    /// # Errors
    ///
    /// The set cannot be decoded.
    pub(crate) fn has_positions(&self) -> Result<bool, CompileError> {
        Ok(decode(&self.set)?.file.iter().any(|file| file.source_code_info.is_some()))
    }
}

/// Decodes a descriptor set for prost-build. prost-types drops the options of extensions, so no rule is read from it.
///
/// # Errors
///
/// The set cannot be decoded.
pub(crate) fn decode(set: &[u8]) -> Result<FileDescriptorSet, CompileError> {
    FileDescriptorSet::decode(set).map_err(broken)
}

fn broken(error: DecodeError) -> CompileError {
    CompileError::Broken(error.to_string())
}

fn is_extern(package: &str, extern_paths: &[(String, String)]) -> bool {
    extern_paths.iter().any(|(proto, _)| format!(".{package}.").starts_with(&format!("{proto}.")))
}

/// Refuses a file that is neither on disk nor part of the compiler.
///
/// # Errors
///
/// The first file that does not exist.
fn require(protos: &[&Path], includes: &[&Path]) -> Result<(), CompileError> {
    let is_built_in = |proto: &Path| proto.starts_with("google/protobuf") || proto == Path::new(schema::FILE);
    let is_found = |proto: &Path| includes.iter().any(|include| include.join(proto).exists());
    for proto in protos.iter().filter(|proto| !is_built_in(proto) && !is_found(proto)) {
        proto.metadata().map_err(CompileError::io(*proto))?;
    }
    Ok(())
}

/// The name by which imports refer to a file with this path.
fn import_name(proto: &Path, includes: &[&Path]) -> Option<String> {
    let resolvers = includes.iter().map(|include| IncludeFileResolver::new(include.to_path_buf()));
    let found = resolvers.into_iter().find_map(|resolver| resolver.resolve_path(proto));
    found.or_else(|| Some(proto.to_str()?.to_owned()))
}

/// The path of the file that imports refer to by this name.
fn path_of(name: &str, includes: &[&Path]) -> Option<PathBuf> {
    includes.iter().map(|include| include.join(name)).find(|path| path.is_file())
}
