//! The input and the output of the pipeline.

use crate::declared::{Descriptors, ReadError};
use crate::diagnostic::{Diagnostics, Positions, Warnings};
use crate::emit::{Client, Server, Style};

/// Everything the output depends on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) descriptors: Descriptors,
    pub(crate) options: Options,
}

/// The settings of the user.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// Pairs such as `.google.type` and `::googleapis::r#type`.
    pub(crate) extern_paths: Vec<(String, String)>,
    pub(crate) compile_well_known_types: bool,
    pub(crate) client: Client,
    pub(crate) server: Server,
    pub(crate) manifest: Manifest,
    /// Packages and services of others, by full name.
    pub(crate) exclude: Vec<String>,
    /// Lints whose warnings are not reported.
    pub(crate) allow: Vec<String>,
    pub(crate) positions: Positions,
    /// True if a public method without a reason is an error.
    pub(crate) strict_public: bool,
}

impl From<&Options> for Style {
    fn from(options: &Options) -> Self {
        Self { client: options.client, server: options.server, positions: options.positions }
    }
}

/// Whether each package has a manifest beside its services. Not by default.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Manifest {
    Json,
    #[default]
    None,
}

/// The generated files, and warnings.
#[derive(Debug)]
pub(crate) struct Generated {
    /// One file for each package, sorted by package.
    pub(crate) files: Vec<File>,
    /// The rules of all packages.
    pub(crate) manifest: crate::manifest::Manifest,
    pub(crate) warnings: Warnings,
}

/// The output for one package. Each entry point has its own name for the file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct File {
    pub(crate) package: String,
    pub(crate) content: String,
    /// The rules of the same services, for people and machines.
    pub(crate) manifest: Option<String>,
}

/// Why nothing was generated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GenerateError {
    /// A protobuf compiler would not have made the request.
    #[error("broken request: {0}")]
    Broken(String),
    /// The user's options cannot be used.
    #[error("{0}")]
    Options(String),
    /// The user's schema is refused.
    #[error("{0}")]
    Schema(Diagnostics),
}

impl From<Diagnostics> for GenerateError {
    fn from(found: Diagnostics) -> Self {
        Self::Schema(found)
    }
}

impl From<ReadError> for GenerateError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Broken(what) => Self::Broken(what),
            ReadError::Schema(found) => Self::Schema(found),
        }
    }
}
