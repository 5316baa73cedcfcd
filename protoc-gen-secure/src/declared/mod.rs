//! What the author declared: descriptors in, plain data out.
//!
//! 1. Index the files of the request.
//! 2. Compare the request's copy of the schema with the embedded one.
//! 3. Read services and their rules from the files to generate, and vocabularies from all files.
//!
//! No other layer reads descriptors. This layer does not judge what a rule says.

mod comments;
mod descriptor;
mod error;
mod exclude;
mod identifier;
pub(crate) mod image;
mod location;
mod messages;
mod option;
mod read;
mod schema_match;
mod strip;
mod vocabulary;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Location;
use crate::schema::MethodRule;

pub(crate) use comments::for_prost;
pub(crate) use error::ReadError;
pub(crate) use exclude::Exclude;
pub(crate) use read::{files_of_set, read};
pub(crate) use strip::strip;

/// The descriptors of a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Descriptors {
    /// Encoded `FileDescriptorProto`s in any order, with all imports.
    pub(crate) files: Vec<Vec<u8>>,
    /// The names of the files whose services are generated.
    pub(crate) to_generate: Vec<String>,
    pub(crate) messages: Messages,
    /// True if a compiler has just read the text of the files, so that nothing removed an option.
    pub(crate) is_from_source: bool,
}

/// The files whose messages are generated in the same run. Their roles are generated, too.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Messages {
    /// Those of all files.
    All,
    /// Those of the files with the services.
    #[default]
    ToGenerate,
}

/// The files to generate, and what they must not collide with.
#[derive(Debug)]
pub(crate) struct Declared {
    /// Sorted by name.
    pub(crate) files: Vec<DeclaredFile>,
    /// Of every file of the request.
    pub(crate) surroundings: Vec<Surroundings>,
    /// Those of every file of the request.
    pub(crate) vocabularies: DeclaredVocabularies,
    /// The full name of every enum of the request.
    pub(crate) enums: BTreeSet<String>,
    /// As of the [`Descriptors`].
    pub(crate) is_from_source: bool,
    /// The fields of every message of the request, by its full name with the leading dot; none if no rule names a field.
    pub(crate) messages: BTreeMap<String, Vec<DeclaredField>>,
}

/// Names of one file of the request that are modules in Rust.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub(crate) file: String,
    pub(crate) package: String,
    /// Messages that nest something, and so become a module too.
    pub(crate) nesting_messages: Vec<String>,
}

/// One file to generate.
#[derive(Debug)]
pub(crate) struct DeclaredFile {
    pub(crate) name: String,
    pub(crate) package: String,
    pub(crate) imports_schema: bool,
    /// True if another file of the request imports it.
    pub(crate) is_imported: bool,
    /// Names of files.
    pub(crate) imports: Vec<String>,
    /// In file order.
    pub(crate) services: Vec<DeclaredService>,
}

impl DeclaredFile {
    /// Every rule, those of services included.
    fn rules(&self) -> impl Iterator<Item = &DeclaredRule> {
        self.services.iter().flat_map(DeclaredService::rules)
    }
}

/// One service.
#[derive(Debug)]
pub(crate) struct DeclaredService {
    pub(crate) name: String,
    pub(crate) at: Location,
    pub(crate) comments: Vec<String>,
    /// In file order.
    pub(crate) methods: Vec<DeclaredMethod>,
    /// The rule of the methods that have none.
    pub(crate) default: Option<DeclaredRule>,
    /// The vocabulary of its roles.
    pub(crate) roles: Option<NamedVocabulary>,
    /// The vocabulary of its scopes.
    pub(crate) scopes: Option<NamedVocabulary>,
}

impl DeclaredService {
    /// Every rule, the default first.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &DeclaredRule> {
        self.default.iter().chain(self.methods.iter().filter_map(|method| method.rule.as_ref()))
    }
}

/// The full name of an enum, where a service names it.
#[derive(Debug)]
pub(crate) struct NamedVocabulary {
    pub(crate) name: String,
    pub(crate) at: Location,
}

/// One method. Absence of a rule is still possible.
#[derive(Debug)]
pub(crate) struct DeclaredMethod {
    pub(crate) name: String,
    pub(crate) at: Location,
    pub(crate) comments: Vec<String>,
    pub(crate) client_streaming: bool,
    pub(crate) server_streaming: bool,
    /// True if the method or its service is.
    pub(crate) is_deprecated: bool,
    /// A full name with its leading dot.
    pub(crate) request: String,
    /// A full name with its leading dot.
    pub(crate) response: String,
    pub(crate) rule: Option<DeclaredRule>,
}

/// The option of one method, or the default of a service. It may be empty or contradict itself.
#[derive(Debug)]
pub(crate) struct DeclaredRule {
    pub(crate) at: Location,
    pub(crate) rule: MethodRule,
}

/// Every enum that is a vocabulary, or should be one.
#[derive(Debug, Default)]
pub(crate) struct DeclaredVocabularies {
    pub(crate) roles: Vec<DeclaredVocabulary>,
    pub(crate) scopes: Vec<DeclaredScopes>,
}

/// An enum that is marked as a vocabulary of scopes, or whose values are scopes.
#[derive(Debug)]
pub(crate) struct DeclaredScopes {
    pub(crate) name: String,
    pub(crate) package: String,
    pub(crate) file: String,
    pub(crate) at: Location,
    pub(crate) is_marked: bool,
    /// In file order.
    pub(crate) scopes: Vec<DeclaredScope>,
}

/// One value of a vocabulary of scopes.
#[derive(Debug)]
pub(crate) struct DeclaredScope {
    /// What the value is called.
    pub(crate) value: String,
    pub(crate) is_zero: bool,
    pub(crate) at: Location,
    /// True if the value has a `(secure.v1.scope)`.
    pub(crate) is_defined: bool,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
}

/// An enum that is marked as a vocabulary of roles, or whose values are roles.
#[derive(Debug)]
pub(crate) struct DeclaredVocabulary {
    pub(crate) name: String,
    pub(crate) package: String,
    pub(crate) file: String,
    pub(crate) at: Location,
    pub(crate) is_marked: bool,
    /// True if the messages of its file are generated now, and so its roles.
    pub(crate) is_generated: bool,
    /// In file order.
    pub(crate) roles: Vec<DeclaredRole>,
}

/// One value of a vocabulary.
#[derive(Debug)]
pub(crate) struct DeclaredRole {
    /// What the value is called.
    pub(crate) value: String,
    pub(crate) is_zero: bool,
    pub(crate) at: Location,
    /// True if the value has a `(secure.v1.role)`.
    pub(crate) is_defined: bool,
    pub(crate) name: Option<String>,
    pub(crate) includes: Vec<String>,
    pub(crate) rust_name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) is_sensitive: bool,
}

/// One field of a message.
#[derive(Debug)]
pub(crate) struct DeclaredField {
    pub(crate) name: String,
    pub(crate) r#type: FieldType,
}

/// What a rule needs to know about a field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum FieldType {
    Integer,
    Message {
        /// With its leading dot.
        name: String,
        /// proto2's `required`.
        is_required: bool,
    },
    OneOf,
    Other,
    Repeated,
    Text,
}

pub(crate) fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}
