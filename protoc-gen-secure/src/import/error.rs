//! What an import refuses.

use crate::compile::CompileError;
use crate::export::ExportError;

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error(transparent)]
    Compile(#[from] CompileError),
    #[error("{0}")]
    Document(#[from] ExportError),
    #[error("the rules have another form: {0}")]
    Form(String),
    #[error("exactly one {0} is needed; name a file with one by `--from FILE`")]
    NotOne(&'static str),
    #[error("{0}")]
    Exclude(String),
    #[error("`{0}` is not an option of methods that the files import")]
    UnknownOption(String),
    #[error("the files import no options of {0}; `-I` says where they are")]
    NoOptions(&'static str),
    #[error(
        "there is no system `{0}`; there are google, grpc, istio and option, and the presets bytebase, chef, connectum, \
         inngest, qdrant and zitadel"
    )]
    UnknownSystem(String),
    #[error("the rules of {0} are in the .proto files, so there is no `--from`")]
    NoDocument(&'static str),
}
