//! The policy of packages, services and methods.

use std::collections::BTreeMap;

use super::condition::Condition;
use super::role::{RequiredRole, RolePolicy};
use super::scope_vocabulary::ScopeVocabulary;
use super::vocabulary::Vocabulary;
use crate::diagnostic::Location;
use crate::manifest::{Kind, Source};

/// The rules of every service to generate.
#[derive(Debug)]
pub(crate) struct Policy {
    /// The packages with services, sorted by name.
    pub(crate) packages: Vec<PackagePolicy>,
    /// Every vocabulary of the request, by the full name of its enum.
    pub(crate) vocabularies: BTreeMap<String, Vocabulary>,
    /// Every vocabulary of scopes of the request, by the full name of its enum.
    pub(crate) scope_vocabularies: BTreeMap<String, ScopeVocabulary>,
}

/// The rules of one package.
#[derive(Debug)]
pub(crate) struct PackagePolicy {
    /// As in the `.proto`, such as `shop.v1`; may be empty.
    pub(crate) name: String,
    /// Files by name, services in file order.
    pub(crate) services: Vec<ServicePolicy>,
    /// The roles that rules name and no vocabulary declares, sorted by name.
    pub(crate) free_roles: Vec<RolePolicy>,
}

/// The rules of one service.
#[derive(Debug)]
pub(crate) struct ServicePolicy {
    /// The full name, such as `shop.v1.Orders`.
    pub(crate) name: String,
    /// The name without its package.
    pub(crate) short_name: String,
    /// The full name of the enum with the roles of the service. Without one, any string is a role.
    pub(crate) vocabulary: Option<String>,
    /// The full name of the enum with the scopes of the service. Without one, any scope is accepted.
    pub(crate) scope_vocabulary: Option<String>,
    /// Lines of Markdown from the `.proto`.
    pub(crate) comments: Vec<String>,
    /// In file order.
    pub(crate) methods: Vec<MethodPolicy>,
    /// The file that declares the service.
    pub(crate) file: String,
    /// Where it is declared.
    pub(crate) declared_at: Location,
}

/// The rule of one method, and its signature.
#[derive(Debug)]
pub(crate) struct MethodPolicy {
    /// As in the `.proto`, such as `GetOrder`.
    pub(crate) name: String,
    pub(crate) comments: Vec<String>,
    pub(crate) rule: RulePolicy,
    pub(crate) source: Source,
    /// Where the rule is written.
    pub(crate) at: Location,
    pub(crate) kind: Kind,
    pub(crate) is_deprecated: bool,
    /// The full name of a message, with its leading dot.
    pub(crate) request: String,
    /// The full name of a message, with its leading dot.
    pub(crate) response: String,
    /// Where the method is declared.
    pub(crate) declared_at: Location,
}

impl MethodPolicy {
    /// The roles that the rule requires, then those that are exempt from a condition.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &RequiredRole> {
        self.required_roles().iter().chain(self.rule.conditions.iter().flat_map(Condition::roles))
    }

    /// The roles of which a caller needs one; none if the rule does not ask for roles.
    pub(crate) fn required_roles(&self) -> &[RequiredRole] {
        match &self.rule.access {
            Access::AnyRole(roles) => roles,
            Access::Anonymous | Access::Authenticated | Access::Denied | Access::Public => &[],
        }
    }
}

/// Who may call a method, and under which conditions.
#[derive(Debug)]
pub(crate) struct RulePolicy {
    pub(crate) access: Access,
    /// All of them are required; at most one of each kind.
    pub(crate) conditions: Vec<Condition>,
    pub(crate) handling: Handling,
    pub(crate) notes: Notes,
}

/// What a rule says to the people who review it. It changes no decision.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// What the rule is for.
    pub(crate) description: Option<String>,
    /// Why anyone may call.
    pub(crate) public_reason: Option<String>,
}

/// How calls of a method are recorded and limited. It decides about no caller.
#[derive(Debug)]
pub(crate) struct Handling {
    /// Whether the audit log has admitted calls too.
    pub(crate) records_admitted: bool,
    /// Whose rate limit its calls count for.
    pub(crate) rate_class: Option<String>,
}

/// Who may call a method.
#[derive(Debug)]
pub(crate) enum Access {
    /// Anyone. Credentials are not read.
    Anonymous,
    /// A caller that holds at least one of these roles.
    AnyRole(Vec<RequiredRole>),
    /// Any authenticated caller.
    Authenticated,
    /// Nobody.
    Denied,
    /// Anyone.
    Public,
}
