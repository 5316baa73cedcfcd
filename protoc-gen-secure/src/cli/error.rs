//! Why a command did nothing, or found something.

use std::path::PathBuf;

use crate::compile::CompileError;
use crate::declared::ReadError;
use crate::diagnostic::Diagnostics;
use crate::export::ExportError;
use crate::import::ImportError;
use crate::manifest::ManifestError;
use crate::report::diff::AllowError;
use crate::request::GenerateError;

#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error("{0}; `protoc-gen-secure --help` lists the arguments")]
    Arguments(#[from] lexopt::Error),
    #[error("{} differs from the schema of this protoc-gen-secure; delete it, and it is written again", .0.display())]
    Differs(PathBuf),
    #[error("{0}")]
    Drift(String),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error("{path}: {error}", path = .0.display(), error = .1)]
    Manifest(PathBuf, ManifestError),
    #[error("{}: {}", .0.display(), .1)]
    Allow(PathBuf, AllowError),
    #[error("{} is neither a JWT nor an object of claims", .0.display())]
    Claims(PathBuf),
    #[error("git: {0}")]
    Git(String),
    #[error("{0}")]
    Mistyped(Diagnostics),
    #[error("{} is not an encoded descriptor set: write one with `buf build -o set.binpb` or `protoc -o set.binpb`", .0.display())]
    NoDescriptors(PathBuf),
    #[error("there are no .proto files, descriptor sets or images")]
    NoFiles,
    #[error("no service with methods in {}", paths(.0))]
    NoService(Vec<PathBuf>),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error("{}: {}", .0.display(), .1)]
    Imported(PathBuf, ImportError),
    #[error(transparent)]
    Generate(#[from] crate::Error),
    #[error("{} has no source positions; make it with `protoc --include_imports --include_source_info` or `buf build`", .0.display())]
    NoPositions(PathBuf),
    #[error("nothing to check: no file has a service")]
    Nothing,
    #[error("`--fix` changes .proto files; name them or their directories")]
    NothingToFix,
    #[error(
        "generated files are out of date:\n{0}\ngenerate again with the same parameters, delete what is left over, and commit the files"
    )]
    OutOfDate(String),
    #[error("{0}")]
    UnknownName(String),
    #[error("there is no lint `{0}`; `protoc-gen-secure lints` lists them")]
    UnknownLint(String),
}

impl From<GenerateError> for CliError {
    fn from(error: GenerateError) -> Self {
        Self::Generate(error.into())
    }
}

impl From<CompileError> for CliError {
    fn from(error: CompileError) -> Self {
        match error {
            CompileError::Schema(found) => Self::Mistyped(found),
            error => Self::Generate(error.into()),
        }
    }
}

impl From<ReadError> for CliError {
    fn from(error: ReadError) -> Self {
        Self::Generate(error.into())
    }
}

fn paths(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
