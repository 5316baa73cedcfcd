//! What a build script sets.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::request::Options;

/// The settings of one call.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) options: Options,
    pub(super) prost: prost_build::Config,
    pub(super) protoc: Option<PathBuf>,
    pub(super) protoc_arguments: Vec<OsString>,
    pub(super) out_dir: Option<PathBuf>,
    pub(super) include_file: Option<PathBuf>,
    pub(super) manifest_path: Option<PathBuf>,
    pub(super) descriptor_set: Option<DescriptorSet>,
}

/// A descriptor set to write.
#[derive(Debug)]
pub(super) struct DescriptorSet {
    pub(super) path: PathBuf,
    pub(super) has_rules: bool,
}
