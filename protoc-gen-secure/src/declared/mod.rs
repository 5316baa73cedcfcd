//! What the author declared: descriptors in, plain data out. Nothing else knows protobuf.

mod comments;
mod descriptor;
mod location;
mod names;
mod read;
pub(crate) mod schema;

use crate::diagnostic::Location;

pub(crate) use read::{files_of_set, read};

/// The files to generate, and what they must not collide with.
#[derive(Debug)]
pub(crate) struct Declared {
    /// Sorted by name.
    pub(crate) files: Vec<DeclaredFile>,
    /// Of every file of the request.
    pub(crate) surroundings: Vec<Surroundings>,
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
    /// In file order.
    pub(crate) services: Vec<DeclaredService>,
}

/// One service.
#[derive(Debug)]
pub(crate) struct DeclaredService {
    pub(crate) name: String,
    pub(crate) at: Location,
    pub(crate) comments: Vec<String>,
    /// In file order.
    pub(crate) methods: Vec<DeclaredMethod>,
}

/// One method. Absence of a rule is still possible.
#[derive(Debug)]
pub(crate) struct DeclaredMethod {
    pub(crate) name: String,
    pub(crate) at: Location,
    pub(crate) comments: Vec<String>,
    pub(crate) client_streaming: bool,
    pub(crate) server_streaming: bool,
    /// A full name with its leading dot.
    pub(crate) request: String,
    /// A full name with its leading dot.
    pub(crate) response: String,
    pub(crate) rule: Option<DeclaredRule>,
}

/// What one method's option says. Silence and contradictions are still possible.
#[derive(Debug)]
pub(crate) struct DeclaredRule {
    pub(crate) at: Location,
    pub(crate) public: Option<bool>,
    pub(crate) authenticated: Option<bool>,
    pub(crate) required_roles: Vec<String>,
}
