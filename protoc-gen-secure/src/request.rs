//! What the engine takes and gives.

use crate::diagnostic::{Diagnostics, Warnings};

/// Everything the output depends on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// Encoded `FileDescriptorProto`s, imports included, in any order.
    pub(crate) files: Vec<Vec<u8>>,
    /// Names of those whose services are generated.
    pub(crate) to_generate: Vec<String>,
    pub(crate) messages: Messages,
    pub(crate) options: Options,
}

/// Which files the messages are generated of, at this time: the roles that they declare go with them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Messages {
    /// All of the request.
    All,
    /// Those with the services.
    #[default]
    ToGenerate,
}

/// What the user chose.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// Pairs such as `.google.type` and `::googleapis::r#type`.
    pub(crate) extern_paths: Vec<(String, String)>,
    pub(crate) compile_well_known_types: bool,
    pub(crate) client: Client,
    pub(crate) server: Server,
    pub(crate) manifest: Manifest,
}

/// Whether each package has a manifest beside its services.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Manifest {
    Json,
    #[default]
    None,
}

/// Which client is generated.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Client {
    None,
    #[default]
    Secure,
    /// tonic-build's own.
    Tonic,
}

/// Which server is generated.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Server {
    None,
    #[default]
    Secure,
}

/// What is generated of a request, and what the user should know all the same.
#[derive(Debug)]
pub(crate) struct Generated {
    /// One file for each package, sorted by package.
    pub(crate) files: Vec<File>,
    /// The rules of all packages.
    pub(crate) manifest: crate::manifest::Manifest,
    pub(crate) warnings: Warnings,
}

/// What is generated for one package; each door has its own name for the file.
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

impl GenerateError {
    pub(crate) fn broken(what: impl Into<String>) -> Self {
        Self::Broken(what.into())
    }
}

impl From<Diagnostics> for GenerateError {
    fn from(found: Diagnostics) -> Self {
        Self::Schema(found)
    }
}

impl From<prost::DecodeError> for GenerateError {
    fn from(error: prost::DecodeError) -> Self {
        Self::Broken(error.to_string())
    }
}
