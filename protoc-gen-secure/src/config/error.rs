//! Why a build script generated nothing.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::compile::CompileError;
use crate::declared::ReadError;
use crate::diagnostic::Diagnostics;
use crate::request::GenerateError;

/// Why nothing was generated. `Debug` is `Display`, so that a build script's `main` can return it as it is.
#[non_exhaustive]
#[derive(thiserror::Error)]
pub enum Error {
    /// The files do not compile; the text is the compiler's.
    #[error("{0}")]
    Compile(String),
    /// A file or a program cannot be used.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file or program.
        path: PathBuf,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// The file to write exists, and no generator wrote it.
    #[error("{}: the first line does not say `@generated`, so the file is not overwritten; delete it, or write elsewhere with `out_dir`", .0.display())]
    NotGenerated(PathBuf),
    /// The descriptor set to write exists as a file that is not a descriptor set.
    #[error("{}: the file is not a descriptor set, so it is not overwritten; delete it, or name another file", .0.display())]
    NotDescriptorSet(PathBuf),
    /// The manifest to write exists as a file that is not a manifest.
    #[error("{}: the file is not a manifest, so it is not overwritten; delete it, or name another file", .0.display())]
    NotManifest(PathBuf),
    /// Another call of this build script wrote the file, with other contents.
    #[error(
        "{}: the call for {first} wrote this file, and the call for {second} would replace it with other contents; \
         give all files to one call, or give each call an `out_dir` of its own",
        path.display()
    )]
    WrittenTwice {
        /// The file.
        path: PathBuf,
        /// The files of the call that wrote it.
        first: String,
        /// The files of the call that fails.
        second: String,
    },
    /// There is no output directory: `OUT_DIR` is not set, and neither is [`Config::out_dir`](super::Config::out_dir).
    #[error("OUT_DIR is not set; outside a build script, set `out_dir`")]
    NoOutDir,
    /// A setting cannot be used.
    #[error("{0}")]
    Options(String),
    /// The descriptors are not what a protobuf compiler makes.
    #[error("broken descriptors: {0}")]
    Request(String),
    /// The schema is refused: a summary, then the findings.
    #[error("{0}")]
    Schema(String),
}

impl Error {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |cause| Self::Io { path, cause }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Diagnostics> for Error {
    fn from(found: Diagnostics) -> Self {
        Self::Schema(found.to_string())
    }
}

impl From<CompileError> for Error {
    fn from(error: CompileError) -> Self {
        match error {
            CompileError::Broken(what) => Self::Request(what),
            CompileError::Compiler(text) => Self::Compile(text),
            CompileError::Io { path, cause } => Self::Io { path, cause },
            CompileError::Schema(found) => found.into(),
        }
    }
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        GenerateError::from(error).into()
    }
}

impl From<GenerateError> for Error {
    fn from(error: GenerateError) -> Self {
        match error {
            GenerateError::Broken(what) => Self::Request(what),
            GenerateError::Options(what) => Self::Options(what),
            GenerateError::Schema(found) => found.into(),
        }
    }
}
