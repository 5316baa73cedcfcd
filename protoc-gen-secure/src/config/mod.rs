//! The entry point for build scripts: `.proto` files in, Rust files in `OUT_DIR` out.

mod error;
mod output;

use std::path::{Path, PathBuf};

use crate::compile::{self, Compiled};
use crate::declared::{self, Descriptors, Messages};
use crate::diagnostic::is_invisible;
use crate::emit::{Client, Server};
use crate::request::{Generated, Manifest, Options, Request};

pub use error::Error;

/// Compiles `protos` with the settings of [`Config::new`].
///
/// # Errors
///
/// Says at once everything that keeps the files from generating.
pub fn compile_protos(protos: &[impl AsRef<Path>], includes: &[impl AsRef<Path>]) -> Result<(), Error> {
    Config::new().compile_protos(protos, includes)
}

/// How a build script generates messages, servers and clients.
///
/// ```no_run
/// fn main() -> Result<(), protoc_gen_secure::Error> {
///     protoc_gen_secure::Config::new()
///         .extern_path(".google.type", "::googleapis::google::r#type")
///         .include_file("proto.rs")
///         .compile_protos(&["proto/shop/v1/orders.proto"], &["proto"])
/// }
/// ```
#[derive(Debug, Default)]
pub struct Config {
    options: Options,
    prost: prost_build::Config,
    protoc: Option<PathBuf>,
    out_dir: Option<PathBuf>,
    include_file: Option<PathBuf>,
    manifest_path: Option<PathBuf>,
}

impl Config {
    /// Messages, servers and clients go to `OUT_DIR`, and no protoc is needed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes to `directory` instead of `OUT_DIR`.
    pub fn out_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(directory.into());
        self
    }

    /// Takes a message, or all of a package, from elsewhere: `.google.type` from `::googleapis::google::r#type`.
    ///
    /// `rust` starts with `::` or `crate::`.
    pub fn extern_path(mut self, proto: impl Into<String>, rust: impl Into<String>) -> Self {
        self.options.extern_paths.push((proto.into(), rust.into()));
        self
    }

    /// Generates the messages of `google.protobuf` instead of taking them from `prost_types`.
    pub fn compile_well_known_types(mut self) -> Self {
        self.options.compile_well_known_types = true;
        self
    }

    /// Generates no clients.
    pub fn without_client(mut self) -> Self {
        self.options.client = Client::None;
        self
    }

    /// Generates tonic-build's clients instead of ours, for code that migrates from tonic. They need `tonic` and
    /// `tonic-prost`.
    #[cfg(feature = "tonic-client")]
    pub fn tonic_client(mut self) -> Self {
        self.options.client = Client::Tonic;
        self
    }

    /// Generates no servers.
    pub fn without_server(mut self) -> Self {
        self.options.server = Server::None;
        self
    }

    /// Also writes the manifest of each package beside its services, as `<package>.secure.json`. Default: it does not.
    ///
    /// A manifest is JSON for reviews and tools: the resolved rule of every method, and where it is written. Beside the
    /// rules of a service stands their SHA-256, which is the service's `POLICY_DIGEST`.
    pub fn manifest(mut self) -> Self {
        self.options.manifest = Manifest::Json;
        self
    }

    /// Also writes one manifest with all packages of this call to `path`. Default: it does not.
    ///
    /// A relative path starts at the directory of the build script's package. Take one outside of `OUT_DIR` and commit the
    /// file: a pull request then shows every change of a rule. `protoc-gen-secure check --manifest` compares it in CI.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), protoc_gen_secure::Error> {
    /// protoc_gen_secure::Config::new()
    ///     .manifest_path("policy.json")
    ///     .compile_protos(&["proto/shop/v1/orders.proto"], &["proto"])
    /// # }
    /// ```
    pub fn manifest_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.manifest_path = Some(path.into());
        self
    }

    /// Makes the messages with these settings of prost-build.
    ///
    /// What `Config` has a method for is set by that method only; service generator, `default_package_filename`,
    /// `prost_path` and `prost_types_path` stay what they are.
    pub fn prost(mut self, config: prost_build::Config) -> Self {
        self.prost = config;
        self
    }

    /// Also writes a file that holds all generated modules, nested like the packages.
    pub fn include_file(mut self, name: impl Into<PathBuf>) -> Self {
        self.include_file = Some(name.into());
        self
    }

    /// Compiles with this protoc instead of protox.
    pub fn protoc(mut self, path: impl Into<PathBuf>) -> Self {
        self.protoc = Some(path.into());
        self
    }

    /// Generates servers and clients for the services in `protos`, and messages for all that they import.
    ///
    /// `import "secure/v1/options.proto"` needs no include path.
    ///
    /// # Errors
    ///
    /// Says at once everything that keeps the files from generating.
    pub fn compile_protos(self, protos: &[impl AsRef<Path>], includes: &[impl AsRef<Path>]) -> Result<(), Error> {
        let protos = protos.iter().map(AsRef::as_ref).collect::<Vec<_>>();
        let includes = includes.iter().map(AsRef::as_ref).collect::<Vec<_>>();
        let compiled = match &self.protoc {
            Some(protoc) => compile::compile_with_protoc(protoc, &protos, &includes)?,
            None => compile::compile_with_protox(&protos, &includes)?,
        };
        for path in &compiled.read {
            println!("cargo:rerun-if-changed={}", line(path)?);
        }
        self.generate(compiled)
    }

    /// Generates from an encoded `FileDescriptorSet` that holds imports and, for positions, source info.
    ///
    /// Every service of the set is generated, unless an extern path covers its package. Rules survive in sets made by
    /// protoc, buf or protox's `encode_file_descriptor_set()`; prost-types drops them.
    ///
    /// # Errors
    ///
    /// Says at once everything that keeps the files from generating.
    pub fn compile_descriptor_set(self, bytes: &[u8]) -> Result<(), Error> {
        let compiled = Compiled::from_set(bytes.to_vec(), &self.options.extern_paths)?;
        self.generate(compiled)
    }

    fn generate(self, compiled: Compiled) -> Result<(), Error> {
        let Compiled { set: bytes, to_generate, read: _ } = compiled;
        let set = compile::decode(&bytes)?;
        compile::refuse_editions(&set)?;
        let files = declared::files_of_set(&bytes)?;
        let descriptors = Descriptors { files, to_generate, messages: Messages::All };
        let request = Request { descriptors, options: self.options.clone() };
        let Generated { files, manifest, warnings } = crate::generate(&request)?;
        for line in warnings.iter().flat_map(|warning| warning.lines().map(str::to_owned).collect::<Vec<_>>()) {
            println!("cargo:warning={line}");
        }
        if let Some(path) = &self.manifest_path {
            output::write_manifest(path, &manifest)?;
        }
        output::write(self, set, files)
    }
}

/// A path as part of a line for cargo. Another line would be another instruction.
fn line(path: &Path) -> Result<String, Error> {
    let text = path.display().to_string();
    match text.chars().any(is_invisible) {
        true => Err(Error::Options(format!("the path {text:?} has a control or invisible character"))),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests;
