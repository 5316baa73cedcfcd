//! Why there is no export.

use super::Report;

/// Why rules were not exported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// A policy language needs at least one rule that admits.
    #[error("no method may be called, and a policy of gRPC needs at least one that may; export nothing instead")]
    Empty,
    /// Rules that the target does not hold to the letter.
    #[error("{0}")]
    Inexact(Report),
    /// The settings do not fit.
    #[error("the settings need {0}")]
    Settings(String),
    /// There is no such format.
    #[error("there is no format `{0}`; there are json and yaml")]
    UnknownFormat(String),
    /// There is no such target.
    #[error("there is no target `{0}`; there are cedar, envoy, gateway-api, grpc, istio, opa and opa-envoy")]
    UnknownTarget(String),
    /// A document that cannot be read or written.
    #[error("{0}")]
    Yaml(String),
}
