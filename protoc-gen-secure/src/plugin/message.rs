//! The part of `google/protobuf/compiler/plugin.proto` that is used, with descriptors left encoded.

/// `CodeGeneratorRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct CodeGeneratorRequest {
    #[prost(string, repeated, tag = "1")]
    pub(super) to_generate: Vec<String>,
    #[prost(string, tag = "2")]
    pub(super) parameter: String,
    #[prost(bytes = "vec", repeated, tag = "15")]
    pub(super) files: Vec<Vec<u8>>,
}

/// `CodeGeneratorResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct CodeGeneratorResponse {
    #[prost(string, optional, tag = "1")]
    error: Option<String>,
    #[prost(uint64, optional, tag = "2")]
    supported_features: Option<u64>,
    #[prost(int32, optional, tag = "3")]
    minimum_edition: Option<i32>,
    #[prost(int32, optional, tag = "4")]
    maximum_edition: Option<i32>,
    #[prost(message, repeated, tag = "15")]
    files: Vec<OutputFile>,
}

impl CodeGeneratorResponse {
    pub(super) fn generated(files: Vec<OutputFile>) -> Self {
        Self { files, ..Self::supporting() }
    }

    pub(super) fn refused(text: String) -> Self {
        Self { error: Some(text), ..Self::supporting() }
    }

    fn supporting() -> Self {
        Self {
            supported_features: Some(PROTO3_OPTIONAL | SUPPORTS_EDITIONS),
            minimum_edition: Some(PROTO2),
            maximum_edition: Some(EDITION_2024),
            ..Self::default()
        }
    }
}

/// `CodeGeneratorResponse.File`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OutputFile {
    /// A path below the output directory, its segments divided by `/`.
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    /// Where the content goes in a file that another plugin makes.
    #[prost(string, optional, tag = "2")]
    pub(crate) insertion_point: Option<String>,
    #[prost(string, tag = "15")]
    pub(crate) content: String,
}

/// `CodeGeneratorResponse.Feature`.
const PROTO3_OPTIONAL: u64 = 1;

/// `CodeGeneratorResponse.Feature`.
const SUPPORTS_EDITIONS: u64 = 2;

/// `Edition`.
const PROTO2: i32 = 998;

/// `Edition`.
const EDITION_2024: i32 = 1001;
