//! Settings of prost-build, which makes the messages. Those that concern protoc and files are settings of [`Config`] itself.

use super::Config;

/// The form of messages. A path is the full name of a package, message or field, with a leading dot. `.` is the path of
/// everything. Without the leading dot, a path matches the end of full names.
impl Config {
    /// Writes an attribute before every message, enum and `oneof` below a path: `type_attribute(".", "#[derive(Eq)]")`.
    pub fn type_attribute(mut self, path: impl AsRef<str>, attribute: impl AsRef<str>) -> Self {
        self.0.prost.type_attribute(path, attribute);
        self
    }

    /// Writes an attribute before every message below a path.
    pub fn message_attribute(mut self, path: impl AsRef<str>, attribute: impl AsRef<str>) -> Self {
        self.0.prost.message_attribute(path, attribute);
        self
    }

    /// Writes an attribute before every enum and `oneof` below a path.
    pub fn enum_attribute(mut self, path: impl AsRef<str>, attribute: impl AsRef<str>) -> Self {
        self.0.prost.enum_attribute(path, attribute);
        self
    }

    /// Writes an attribute before every field below a path.
    pub fn field_attribute(mut self, path: impl AsRef<str>, attribute: impl AsRef<str>) -> Self {
        self.0.prost.field_attribute(path, attribute);
        self
    }

    /// Uses `BTreeMap` instead of `HashMap` for the maps below these paths. Another call replaces the paths. Default:
    /// no paths.
    pub fn btree_map(mut self, paths: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.0.prost.btree_map(paths);
        self
    }

    /// Uses `bytes::Bytes` instead of `Vec<u8>` for the fields below these paths. Another call replaces the paths.
    /// Default: no paths.
    pub fn bytes(mut self, paths: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.0.prost.bytes(paths);
        self
    }

    /// Puts the field at a path into a `Box`.
    pub fn boxed(mut self, path: impl AsRef<str>) -> Self {
        self.0.prost.boxed(path);
        self
    }

    /// Leaves out the comments of everything below these paths. Another call replaces the paths. Default: comments are
    /// copied to the documentation of messages. Code in them is not compiled as a doctest.
    pub fn disable_comments(mut self, paths: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.0.prost.disable_comments(paths);
        self
    }

    /// Implements no `Debug` for the messages below these paths. Another call replaces the paths. Default: all messages
    /// have `Debug`.
    pub fn skip_debug(mut self, paths: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.0.prost.skip_debug(paths);
        self
    }

    /// Implements `prost::Name` for messages. Default: it is not implemented.
    pub fn enable_type_names(mut self) -> Self {
        self.0.prost.enable_type_names();
        self
    }

    /// Sets the domain of the type URLs of the messages below these paths. Another call replaces the paths. It needs
    /// [`enable_type_names`](Self::enable_type_names).
    pub fn type_name_domain(
        mut self,
        paths: impl IntoIterator<Item = impl AsRef<str>>,
        domain: impl AsRef<str>,
    ) -> Self {
        self.0.prost.type_name_domain(paths, domain);
        self
    }

    /// Keeps the name of an enum in front of its values. Default: it is removed.
    pub fn retain_enum_prefix(mut self) -> Self {
        self.0.prost.retain_enum_prefix();
        self
    }
}
