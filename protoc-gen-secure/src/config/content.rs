//! The content of one generated file, and which files it may replace.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::Error;
use crate::compile;
use crate::manifest;

/// The content of a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Content {
    kind: Kind,
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    DescriptorSet,
    Manifest,
    Rust,
}

impl Content {
    pub(super) fn descriptor_set(bytes: Vec<u8>) -> Self {
        Self { kind: Kind::DescriptorSet, bytes }
    }

    pub(super) fn manifest(text: String) -> Self {
        Self { kind: Kind::Manifest, bytes: text.into_bytes() }
    }

    pub(super) fn rust(text: String) -> Self {
        Self { kind: Kind::Rust, bytes: text.into_bytes() }
    }

    /// Fails if the file exists and no generator wrote it.
    pub(super) fn refuse_other(&self, path: &Path) -> Result<(), Error> {
        let old = match fs::read(path) {
            Ok(old) => old,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
            Err(cause) => return Err(Error::io(path)(cause)),
        };
        let path = path.to_owned();
        match self.kind {
            Kind::DescriptorSet if compile::decode(&old).is_err() => Err(Error::NotDescriptorSet(path)),
            Kind::Manifest if !manifest::looks_like_one(&String::from_utf8_lossy(&old)) => {
                Err(Error::NotManifest(path))
            }
            Kind::Rust if !is_generated(&old) => Err(Error::NotGenerated(path)),
            Kind::DescriptorSet | Kind::Manifest | Kind::Rust => Ok(()),
        }
    }

    /// Leaves an unchanged file alone, so that nothing is compiled anew.
    pub(super) fn write(&self, path: PathBuf) -> Result<(), Error> {
        if fs::read(&path).is_ok_and(|old| old == self.bytes) {
            return Ok(());
        }
        fs::write(&path, &self.bytes).map_err(Error::io(path))
    }
}

fn is_generated(content: &[u8]) -> bool {
    let first = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(first).contains("@generated")
}
