//! Why a protobuf compiler gave no descriptors.

use std::io;
use std::path::PathBuf;

use crate::diagnostic::Diagnostics;

/// Why there are no descriptors.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompileError {
    /// The descriptors cannot be decoded.
    #[error("{0}")]
    Broken(String),
    /// The files do not compile; the text is the compiler's.
    #[error("{0}")]
    Compiler(String),
    /// A file or a program cannot be used.
    #[error("{}: {cause}", path.display())]
    Io { path: PathBuf, cause: io::Error },
    /// The files have a form that is not supported.
    #[error("{0}")]
    Schema(Diagnostics),
}

impl CompileError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |cause| Self::Io { path, cause }
    }
}

impl From<Diagnostics> for CompileError {
    fn from(found: Diagnostics) -> Self {
        Self::Schema(found)
    }
}
