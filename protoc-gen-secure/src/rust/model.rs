//! A policy with its Rust names.

use super::casing::RustName;
use super::type_path::TypePath;
use crate::policy::{MethodPolicy, RolePolicy, ServicePolicy};

/// A package with services or roles.
#[derive(Debug)]
pub(crate) struct Package<'a> {
    /// As in the `.proto`, such as `shop.v1`; may be empty.
    pub(crate) name: &'a str,
    pub(crate) services: Vec<Service<'a>>,
    /// Sorted by name.
    pub(crate) roles: Vec<Role>,
}

impl Package<'_> {
    /// A file that declares a service or a role of the package.
    pub(super) fn file(&self) -> Option<&str> {
        let services = self.services.iter().map(|service| service.policy.file.as_str());
        services.chain(self.roles.iter().map(|role| role.policy.at.file.as_str())).next()
    }
}

/// A service.
#[derive(Debug)]
pub(crate) struct Service<'a> {
    pub(crate) policy: &'a ServicePolicy,
    pub(crate) rust: RustName,
    pub(crate) methods: Vec<Method<'a>>,
}

/// A method.
#[derive(Debug)]
pub(crate) struct Method<'a> {
    pub(crate) policy: &'a MethodPolicy,
    pub(crate) rust: RustName,
    pub(crate) request: TypePath,
    pub(crate) response: TypePath,
    /// The fields on the path of each request condition of the rule, in their order.
    pub(crate) fields: Vec<Vec<String>>,
    /// The types of the roles that every admitted caller holds.
    pub(crate) implied: Vec<TypePath>,
}

/// A role that has its type in this package.
#[derive(Debug)]
pub(crate) struct Role {
    pub(crate) policy: RolePolicy,
    pub(crate) marker: String,
}
