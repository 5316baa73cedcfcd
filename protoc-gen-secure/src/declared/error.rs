//! Why descriptors were not read.

use crate::diagnostic::Diagnostics;

/// Why descriptors were not read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// No protobuf compiler makes such descriptors.
    Broken(String),
    /// The schema is refused.
    Schema(Diagnostics),
}

impl ReadError {
    pub(super) fn broken(what: impl Into<String>) -> Self {
        Self::Broken(what.into())
    }
}

impl From<Diagnostics> for ReadError {
    fn from(found: Diagnostics) -> Self {
        Self::Schema(found)
    }
}

impl From<prost::DecodeError> for ReadError {
    fn from(error: prost::DecodeError) -> Self {
        Self::Broken(error.to_string())
    }
}
