//! What buf writes beside descriptors.

use std::collections::BTreeSet;

use prost::{DecodeError, Message as _};

/// The names of the files that buf marks as imports; none in a set of protoc.
///
/// # Errors
///
/// The bytes are no encoded set.
pub(crate) fn imports(set: &[u8]) -> Result<BTreeSet<String>, DecodeError> {
    let files = Image::decode(set)?.files.into_iter();
    Ok(files.filter(|file| file.buf.as_ref().is_some_and(|it| it.is_import)).map(|file| file.name).collect())
}

/// `buf.alpha.image.v1.Image`, which is a `FileDescriptorSet` with one more field in each file.
#[derive(Clone, PartialEq, prost::Message)]
struct Image {
    #[prost(message, repeated, tag = "1")]
    files: Vec<ImageFile>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ImageFile {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "8042")]
    buf: Option<ImageFileExtension>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ImageFileExtension {
    #[prost(bool, tag = "1")]
    is_import: bool,
}
