//! Who may call what: complete, plain, without a parser or a printer in sight.

mod extern_paths;
mod ident;
mod names;
mod nearest;
mod neighbours;
mod peer;
mod resolve;
mod role;
mod rule;
mod service_roles;
mod type_path;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;

use crate::diagnostic::Location;

pub(crate) use extern_paths::ExternPaths;
pub(crate) use names::{RoleName, RustName, messages_file, services_file};
pub(crate) use nearest::are_similar;
pub(crate) use resolve::resolve;
pub(crate) use role::{RequiredRole, RolePolicy, admitted, implied};
pub(crate) use type_path::TypePath;

/// The rules of every service to generate, by package.
#[derive(Debug)]
pub(crate) struct Policy {
    /// Sorted by name; each has a service or a vocabulary.
    pub(crate) packages: Vec<PackagePolicy>,
    /// Every package of the request, for names that must differ.
    pub(crate) all_packages: BTreeSet<String>,
    /// Every vocabulary of the request, sorted by name.
    pub(crate) vocabularies: Vec<VocabularyPolicy>,
}

/// A closed set of roles.
#[derive(Debug)]
pub(crate) struct VocabularyPolicy {
    /// The full name of the enum.
    pub(crate) name: String,
    pub(crate) at: Location,
    /// In file order.
    pub(crate) roles: Vec<VocabularyRolePolicy>,
}

/// One role of a vocabulary.
#[derive(Debug)]
pub(crate) struct VocabularyRolePolicy {
    pub(crate) name: String,
    /// The roles that its holder holds too, as written.
    pub(crate) includes: Vec<String>,
    pub(crate) at: Location,
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
    /// The roles that have their marker here, sorted by name.
    pub(crate) roles: Vec<RolePolicy>,
}

impl PackagePolicy {
    /// A file that declares something of what is generated.
    pub(crate) fn file(&self) -> Option<&str> {
        let services = self.services.iter().map(|service| service.file.as_str());
        services.chain(self.roles.iter().map(|role| role.at.file.as_str())).next()
    }
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
    /// The full name of the enum that its roles are from.
    pub(crate) vocabulary: Option<String>,
}

/// The rule of one method, and what its stub needs to know.
#[derive(Debug)]
pub(crate) struct MethodPolicy {
    /// As in the `.proto`, such as `GetOrder`.
    pub(crate) name: String,
    pub(crate) rust: RustName,
    pub(crate) comments: Vec<String>,
    pub(crate) rule: RulePolicy,
    pub(crate) source: Source,
    /// Where the rule is written.
    pub(crate) at: Location,
    pub(crate) kind: Kind,
    pub(crate) request: TypePath,
    pub(crate) response: TypePath,
    /// Where the method is declared.
    pub(crate) declared_at: Location,
}

/// Whose rule it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Source {
    Method,
    ServiceDefault,
}

/// Who may call a method, and with what.
#[derive(Debug)]
pub(crate) struct RulePolicy {
    pub(crate) access: Access,
    /// All of them are required.
    pub(crate) scopes: Vec<String>,
    /// All of them are required.
    pub(crate) credentials: Vec<Credential>,
    /// One of them has to call; any may if there is none.
    pub(crate) peers: Vec<String>,
    /// All of them are required.
    pub(crate) bounds: Vec<Bound>,
}

/// Who may call a method.
#[derive(Debug)]
pub(crate) enum Access {
    /// A caller that holds at least one of these roles.
    AnyRole(Vec<RequiredRole>),
    /// Any caller with a proven identity.
    Authenticated,
    /// Nobody.
    Denied,
    /// Anyone.
    Public,
}

/// A kind of credential.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Credential {
    Jwt,
    Mtls,
}

impl Credential {
    /// By its number in `secure.v1.Credential`.
    fn of(number: i32) -> Option<Self> {
        match number {
            1 => Some(Self::Jwt),
            2 => Some(Self::Mtls),
            _ => None,
        }
    }

    /// As in the `.proto`, without its prefix.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Jwt => "JWT",
            Self::Mtls => "MTLS",
        }
    }
}

/// A field of the request that must equal a fact about the caller.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) fact: Fact,
    pub(crate) field: FieldPath,
    /// Who holds one of these need not.
    pub(crate) exempt: Vec<RequiredRole>,
}

/// What a field of the request is compared with.
#[derive(Debug)]
pub(crate) enum Fact {
    /// The claim with this path.
    Claim(Vec<String>),
    Subject,
}

/// The way to a string or integer field.
#[derive(Debug)]
pub(crate) struct FieldPath {
    /// As in the `.proto`, such as `order.tenant_id`.
    pub(crate) text: String,
    pub(crate) steps: Vec<Step>,
}

/// One field on the way.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) ident: Ident,
    /// True for a message that may be missing.
    pub(crate) is_optional: bool,
}

/// The four kinds of RPC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    BidiStreaming,
    ClientStreaming,
    ServerStreaming,
    Unary,
}
