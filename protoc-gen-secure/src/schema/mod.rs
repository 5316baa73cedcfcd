//! The option schema `secure/v1/options.proto`: its text, its messages as Rust types, and its descriptor.
//!
//! The file is the only table of options. `secure.v1.rs` is generated from it by prost-build, and a test compares the two.

use std::sync::LazyLock;

use prost::Name;
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use protox::prost_reflect::{FileDescriptor, MessageDescriptor};

pub(crate) use messages::{
    Audit, Credential, Delegation, DelegationRule, MethodRule, OwnerRule, RoleDefinition, RoleVocabulary,
    ScopeDefinition, ScopeVocabulary, ServiceRules, TenantRule,
};

/// The messages of the schema.
#[allow(clippy::all, dead_code, unnameable_types, unreachable_pub, unused_qualifications)] // generated
mod messages {
    include!("secure.v1.rs");
}

/// The name under which `.proto` files import the schema.
pub(crate) const FILE: &str = "secure/v1/options.proto";

/// The schema itself.
pub(crate) const TEXT: &str = include_str!("../../proto/secure/v1/options.proto");

/// Its package.
pub(crate) const PACKAGE: &str = "secure.v1";

/// The number of every extension of the schema but those for scopes.
pub(crate) const NUMBER: i32 = 74117;

/// The name of an option as a file of a package writes it. protobuf searches the innermost package first: in `shop.secure.v1`,
/// it would take `secure` for `shop.secure`, unless a dot comes first.
pub(crate) fn option(name: &str, package: &str) -> String {
    let is_shadowed = package.split('.').skip(1).any(|segment| segment == "secure");
    let dot = if is_shadowed { "." } else { "" };
    format!("({dot}{PACKAGE}.{name})")
}

/// Whether an extension of the schema has this number.
pub(crate) fn is_number(number: u32) -> bool {
    descriptor().extensions().any(|extension| extension.number() == number)
}

/// The compiled schema.
pub(crate) fn descriptor() -> &'static FileDescriptor {
    &DESCRIPTOR
}

/// Whether an option of the schema has this full name, such as `secure.v1.method`.
#[cfg(feature = "cli")]
pub(crate) fn is_option(name: &str) -> bool {
    descriptor().extensions().any(|extension| extension.full_name() == name)
}

/// The descriptor of a message of the schema.
pub(crate) fn message<M: Name>() -> MessageDescriptor {
    let message = descriptor().parent_pool().get_message_by_name(&M::full_name());
    message.expect("the messages are generated from the schema")
}

/// The number of a field of a message of the schema.
pub(crate) fn field_number<M: Name>(field: &str) -> Option<i32> {
    message::<M>().get_field_by_name(field).and_then(|field| i32::try_from(field.number()).ok())
}

/// Resolves `secure/v1/options.proto`.
pub(crate) struct EmbeddedSchema;

impl FileResolver for EmbeddedSchema {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match name {
            FILE => File::from_source(name, TEXT),
            _ => Err(protox::Error::file_not_found(name)),
        }
    }
}

static DESCRIPTOR: LazyLock<FileDescriptor> = LazyLock::new(|| {
    let mut resolver = ChainFileResolver::new();
    resolver.add(EmbeddedSchema);
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.open_file(FILE).expect("the schema compiles");
    compiler.descriptor_pool().get_file_by_name(FILE).expect("a compiled file is in the pool")
});

#[cfg(test)]
mod tests {
    use std::fs;

    use expect_test::expect_file;

    use super::*;

    #[test]
    fn generated_messages_are_those_of_the_schema() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut prost = prost_build::Config::new();
        prost.out_dir(directory.path()).enable_type_names().disable_comments(["."]);
        let mut set = prost_types::FileDescriptorSet::default();
        set.file.push(descriptor().file_descriptor_proto().clone());
        prost.compile_fds(set).expect("messages");
        let messages = fs::read_to_string(directory.path().join("secure.v1.rs")).expect("a file");
        expect_file!["secure.v1.rs"].assert_eq(&messages);
    }

    #[test]
    fn every_extension_has_its_declared_number() {
        let [others, scopes] = [NUMBER, NUMBER + 1].map(|number| u32::try_from(number).expect("a number"));
        for extension in descriptor().extensions() {
            let is_of_scopes = extension.name().starts_with("scope");
            assert_eq!(extension.number(), if is_of_scopes { scopes } else { others }, "{}", extension.name());
        }
    }
}
