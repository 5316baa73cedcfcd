//! The entry point for build scripts: `.proto` files in, Rust files in `OUT_DIR` out.

mod allow;
mod calls;
mod comments;
mod content;
mod error;
mod messages;
#[cfg(not(feature = "tonic-client"))]
mod missing_feature;
mod modules;
mod output;
mod settings;

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::compile::{self, Compiled};
use crate::declared::{self, Descriptors, Messages};
use crate::diagnostic::{Positions, is_invisible};
use crate::emit::{Client, Server};
use crate::request::{Manifest, Request};

pub use error::Error;

use calls::Call;
use output::Output;
use settings::{DescriptorSet, Settings};

/// Compiles `protos` with the settings of [`Config::new`].
///
/// # Errors
///
/// Returns all findings at once, each with its position and what to write instead.
pub fn compile_protos(protos: &[impl AsRef<Path>], includes: &[impl AsRef<Path>]) -> Result<(), Error> {
    Config::new().compile_protos(protos, includes)
}

/// How a build script generates messages, servers and clients.
///
/// A build script may compile several times. Calls with one `include_file` or `manifest_path` add to it. Two calls that write
/// one package differently are an error, which names the first.
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
pub struct Config(Settings);

impl Config {
    /// The default settings: messages, servers and clients are written to `OUT_DIR`, and no protoc is needed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes to `directory` instead of `OUT_DIR`.
    pub fn out_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.0.out_dir = Some(directory.into());
        self
    }

    /// Uses existing Rust types for a message or a package, such as `::googleapis::google::r#type` for `.google.type`.
    /// Services below the path are not generated.
    ///
    /// `rust` starts with `::` or `crate::`.
    pub fn extern_path(mut self, proto: impl Into<String>, rust: impl Into<String>) -> Self {
        self.0.options.extern_paths.push((proto.into(), rust.into()));
        self
    }

    /// Generates no code for the services of a package, or for one service: `google.longrunning`, or
    /// `google.longrunning.Operations`. Use it for services that this program does not serve. Their messages are
    /// generated.
    pub fn exclude(mut self, name: impl Into<String>) -> Self {
        self.0.options.exclude.push(name.into());
        self
    }

    /// Reports no warnings of a lint, such as `similar-roles`. Errors cannot be allowed.
    pub fn allow(mut self, lint: impl Into<String>) -> Self {
        self.0.options.allow.push(lint.into());
        self
    }

    /// Writes only the file of each rule into generated code, without line and column. Use it for generated code that
    /// is checked in: a new comment in a `.proto` then changes nothing. Audit events have only the file, too.
    pub fn without_positions(mut self) -> Self {
        self.0.options.positions = Positions::None;
        self
    }

    /// Generates the messages of `google.protobuf` instead of taking them from `prost_types`.
    pub fn compile_well_known_types(mut self) -> Self {
        self.0.options.compile_well_known_types = true;
        self
    }

    /// Generates no clients. Default: each service has a client.
    pub fn without_client(mut self) -> Self {
        self.0.options.client = Client::None;
        self
    }

    /// Generates tonic-build's clients instead of ours, for code that migrates from tonic (feature `tonic-client`). They need
    /// `tonic` and `tonic-prost`.
    #[cfg(feature = "tonic-client")]
    pub fn tonic_client(mut self) -> Self {
        self.0.options.client = Client::Tonic;
        self
    }

    /// Generates no servers. Default: each service has a server.
    pub fn without_server(mut self) -> Self {
        self.0.options.server = Server::None;
        self
    }

    /// Refuses a public method without a `public_reason`. Default: a warning.
    pub fn strict_public(mut self) -> Self {
        self.0.options.strict_public = true;
        self
    }

    /// Also writes the manifest of each package beside its services, as `<package>.secure.json`. Default: no manifest.
    ///
    /// A manifest is JSON for reviews and tools. It has the resolved rule of every method, and the position of that
    /// rule. Each service has the SHA-256 of its rules, which is also its `POLICY_DIGEST`.
    pub fn manifest(mut self) -> Self {
        self.0.options.manifest = Manifest::Json;
        self
    }

    /// Also writes one manifest with all packages of this call to `path`. Default: no manifest.
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
        self.0.manifest_path = Some(path.into());
        self
    }

    /// Also writes the descriptors of all files to `path`, as an encoded `FileDescriptorSet`, for gRPC reflection.
    /// Default: no descriptor set.
    ///
    /// A relative path starts at the output directory. The set has no rules, no comments and no positions, because
    /// every caller of reflection can read it. Options of other schemas are kept. The values of a vocabulary are kept,
    /// too, because an enum is part of the API. `secure_runtime::Gated` puts a rule around the reflection service.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), protoc_gen_secure::Error> {
    /// protoc_gen_secure::Config::new()
    ///     .descriptor_set("shop.bin") // include_bytes!(concat!(env!("OUT_DIR"), "/shop.bin"))
    ///     .compile_protos(&["proto/shop/v1/orders.proto"], &["proto"])
    /// # }
    /// ```
    pub fn descriptor_set(mut self, path: impl Into<PathBuf>) -> Self {
        self.0.descriptor_set = Some(DescriptorSet { path: path.into(), has_rules: false });
        self
    }

    /// Like [`descriptor_set`](Self::descriptor_set), with the rules. Risk: every reader of the set learns the names of
    /// the roles and the rule of each method.
    pub fn descriptor_set_with_rules(mut self, path: impl Into<PathBuf>) -> Self {
        self.0.descriptor_set = Some(DescriptorSet { path: path.into(), has_rules: true });
        self
    }

    /// Also writes a file with all generated modules, nested like the packages. Default: no such file. Calls of one
    /// build script with the same name add their modules to the file.
    pub fn include_file(mut self, name: impl Into<PathBuf>) -> Self {
        self.0.include_file = Some(name.into());
        self
    }

    /// Compiles with this protoc. Default: protox, which needs no protoc.
    pub fn protoc(mut self, path: impl Into<PathBuf>) -> Self {
        self.0.protoc = Some(path.into());
        self
    }

    /// Gives protoc one more argument, such as `--experimental_allow_proto3_optional`. It needs [`protoc`](Self::protoc).
    pub fn protoc_arg(mut self, argument: impl Into<OsString>) -> Self {
        self.0.protoc_arguments.push(argument.into());
        self
    }

    /// Generates servers and clients for the services in `protos`, and messages for all that they import.
    ///
    /// `import "secure/v1/options.proto"` needs no include path. Cargo runs the build script again when one of the files
    /// that were read changes, except for files in `OUT_DIR`.
    ///
    /// # Errors
    ///
    /// Returns all findings at once, each with its position and what to write instead.
    pub fn compile_protos(self, protos: &[impl AsRef<Path>], includes: &[impl AsRef<Path>]) -> Result<(), Error> {
        let protos = protos.iter().map(AsRef::as_ref).collect::<Vec<_>>();
        let includes = includes.iter().map(AsRef::as_ref).collect::<Vec<_>>();
        self.refuse_arguments_without_protoc()?;
        if protos.is_empty() {
            return Err(Error::Options("no `.proto` files were given".to_owned()));
        }
        let compiled = match &self.0.protoc {
            Some(protoc) => compile::compile_with_protoc(protoc, &self.0.protoc_arguments, &protos, &includes)?,
            None => compile::compile_with_protox(&protos, &includes)?,
        };
        let out = env::var_os("OUT_DIR").map(PathBuf::from);
        for path in watched(&compiled.read, out.as_deref()) {
            println!("cargo:rerun-if-changed={}", line(path)?);
        }
        self.generate(compiled)
    }

    /// Generates from an encoded `FileDescriptorSet`. It must include all imports. Findings and audit events have
    /// positions only if it includes source info.
    ///
    /// Every service of the set is generated, unless an extern path covers its package, or buf marks its file as an import.
    /// Rules survive in sets made by protoc, buf or protox's `encode_file_descriptor_set()`; prost-types drops them.
    ///
    /// # Errors
    ///
    /// Returns all findings at once, each with its position and what to write instead.
    pub fn compile_descriptor_set(self, bytes: &[u8]) -> Result<(), Error> {
        self.refuse_arguments_without_protoc()?;
        let compiled = Compiled::from_set(bytes.to_vec(), &self.0.options.extern_paths)?;
        self.generate(compiled)
    }

    fn refuse_arguments_without_protoc(&self) -> Result<(), Error> {
        match (&self.0.protoc, self.0.protoc_arguments.is_empty()) {
            (None, false) => Err(Error::Options("`protoc_arg` needs `protoc`: without it, no protoc runs".to_owned())),
            _ => Ok(()),
        }
    }

    fn generate(self, compiled: Compiled) -> Result<(), Error> {
        let Compiled { set, to_generate, is_from_source, read: _ } = compiled;
        let descriptors = compile::decode(&set)?;
        compile::refuse_editions(&descriptors)?;
        let call = Call::new(&self.0, &to_generate);
        let files = declared::files_of_set(&set)?;
        let request = Request {
            descriptors: Descriptors { files, to_generate, messages: Messages::All, is_from_source },
            options: self.0.options.clone(),
        };
        let generated = crate::generate(&request)?;
        for line in generated.warnings.iter().flat_map(|warning| warning.lines().map(str::to_owned).collect::<Vec<_>>())
        {
            println!("cargo:warning={line}");
        }
        Output { settings: self.0, set, descriptors, generated }.write(&call)
    }
}

/// The files whose changes matter. Those in `OUT_DIR` are the build script's own: they are newer than its start, so cargo would
/// run it at every build.
fn watched<'a>(read: &'a [PathBuf], out: Option<&'a Path>) -> impl Iterator<Item = &'a Path> {
    let is_own = move |path: &Path| out.is_some_and(|out| path.starts_with(out));
    read.iter().map(PathBuf::as_path).filter(move |path| !is_own(path))
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
