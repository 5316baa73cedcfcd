//! Who may call what: complete, plain, without a parser or a printer in sight.

mod access;
mod extern_paths;
mod ident;
mod names;
mod neighbours;
mod resolve;
mod type_path;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Location;

pub(crate) use extern_paths::ExternPaths;
pub(crate) use names::{RoleName, RustName, messages_file, services_file};
pub(crate) use resolve::resolve;
pub(crate) use type_path::TypePath;

/// The rules of every service to generate, by package.
#[derive(Debug)]
pub(crate) struct Policy {
    /// Sorted by name; each has a service.
    pub(crate) packages: Vec<PackagePolicy>,
    /// Every package of the request, for names that must differ.
    pub(crate) all_packages: BTreeSet<String>,
}

/// The rules of one package.
#[derive(Debug)]
pub(crate) struct PackagePolicy {
    /// As in the `.proto`, such as `shop.v1`; may be empty.
    pub(crate) name: String,
    /// Files by name, services in file order.
    pub(crate) services: Vec<ServicePolicy>,
    /// Modules that prost-build makes beside ours, with what they are made for.
    pub(crate) neighbours: BTreeMap<String, String>,
}

/// The rules of one service.
#[derive(Debug)]
pub(crate) struct ServicePolicy {
    /// The full name, such as `shop.v1.Orders`.
    pub(crate) name: String,
    pub(crate) rust: RustName,
    /// Lines of Markdown from the `.proto`.
    pub(crate) comments: Vec<String>,
    /// In file order.
    pub(crate) methods: Vec<MethodPolicy>,
    /// The file that declares the service.
    pub(crate) file: String,
    /// Where it is declared.
    pub(crate) declared_at: Location,
}

/// The rule of one method, and what its stub needs to know.
#[derive(Debug)]
pub(crate) struct MethodPolicy {
    /// As in the `.proto`, such as `GetOrder`.
    pub(crate) name: String,
    pub(crate) rust: RustName,
    pub(crate) comments: Vec<String>,
    pub(crate) access: Access,
    /// Where the rule is written.
    pub(crate) at: Location,
    pub(crate) kind: Kind,
    pub(crate) request: TypePath,
    pub(crate) response: TypePath,
    /// Where the method is declared.
    pub(crate) declared_at: Location,
}

/// Who may call a method.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Access {
    /// A caller that holds at least one of these roles.
    AnyRole(Vec<RoleName>),
    /// Any caller with a proven identity.
    Authenticated,
    /// Anyone.
    Public,
}

/// The four kinds of RPC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    BidiStreaming,
    ClientStreaming,
    ServerStreaming,
    Unary,
}
