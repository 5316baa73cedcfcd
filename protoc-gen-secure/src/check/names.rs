//! `name-collision`: casing, modules and file names make one of two.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostics, Location, Rule};
use crate::policy::{MethodPolicy, Policy, RolePolicy, ServicePolicy, messages_file, services_file};

/// Two methods of a service have different variants, functions and constants.
pub(super) fn methods_differ(policy: &Policy, found: &mut Diagnostics) {
    for service in policy.packages.iter().flat_map(|package| &package.services) {
        let mut owners = BTreeMap::new();
        for (index, method) in service.methods.iter().enumerate() {
            let owned = casings(method).map(|casing| *owners.entry(casing).or_insert(index));
            let Some(owner) = owned.into_iter().find(|owner| *owner != index) else { continue };
            let (first, second) = (&service.methods[owner].name, &method.name);
            let message = format!("the methods `{first}` and `{second}` of `{}` are one in Rust", service.name);
            collision(&method.declared_at, message, "rename one of the methods", found);
        }
    }
}

/// No method is called like the list of all methods.
pub(super) fn no_method_is_all(policy: &Policy, found: &mut Diagnostics) {
    for service in policy.packages.iter().flat_map(|package| &package.services) {
        for method in service.methods.iter().filter(|method| *method.rust.variant() == "ALL") {
            let message =
                format!("the method `{}` of `{}` is `ALL` in Rust, as is the list", method.name, service.name);
            collision(&method.declared_at, message, "rename the method", found);
        }
    }
}

/// The modules in the module of a package, ours and prost-build's, have different names.
pub(super) fn modules_differ(policy: &Policy, found: &mut Diagnostics) {
    for package in &policy.packages {
        let mut owners = package.neighbours.clone();
        if let Some(role) = package.roles.first() {
            claim("policy_roles".to_owned(), "the roles of the package", &role.at, &mut owners, found);
        }
        // Nothing is generated for a service without methods.
        for service in package.services.iter().filter(|service| !service.methods.is_empty()) {
            let owner = format!("the service `{}`", service.name);
            // One finding tells what several modules of a service have in common.
            modules(service).into_iter().any(|module| claim(module, &owner, &service.declared_at, &mut owners, found));
        }
    }
}

/// Two roles of a package have different markers.
pub(super) fn roles_differ(policy: &Policy, found: &mut Diagnostics) {
    for package in &policy.packages {
        let mut markers = BTreeMap::new();
        for RolePolicy { role, at, .. } in &package.roles {
            let first = *markers.entry(role.marker()).or_insert(role);
            if first == role {
                continue;
            }
            let (first, second, marker) = (first.as_str(), role.as_str(), role.marker());
            let message = format!("the roles `{first}` and `{second}` are one in Rust: `{marker}`");
            collision(at, message, "rename one of the roles, or give one a `rust_name` in a vocabulary", found);
        }
    }
}

/// Two packages with services are different modules.
pub(super) fn packages_differ(policy: &Policy, found: &mut Diagnostics) {
    let mut files = BTreeMap::new();
    for package in &policy.packages {
        let first = *files.entry(services_file(&package.name)).or_insert(&package.name);
        let Some(file) = package.file().filter(|_| *first != package.name) else { continue };
        let message = format!("the packages `{first}` and `{}` are one module in Rust", package.name);
        collision(&Location::file(file), message, "rename one of the packages", found);
    }
}

/// No package is called like the file that a package's services are generated into.
pub(super) fn files_differ(policy: &Policy, found: &mut Diagnostics) {
    let messages = policy.all_packages.iter().map(|package| (messages_file(package), package));
    let messages = messages.collect::<BTreeMap<_, _>>();
    for package in &policy.packages {
        let ours = services_file(&package.name);
        let (Some(other), Some(file)) = (messages.get(&ours), package.file()) else { continue };
        let message = format!("the messages of `{other}` and the services of `{}` are both `{ours}`", package.name);
        collision(&Location::file(file), message, "rename one of the packages", found);
    }
}

/// The names of a method in Rust, each with what it is the name of.
fn casings(method: &MethodPolicy) -> [(&'static str, String); 3] {
    let MethodPolicy { rust, .. } = method;
    let casings = [("variant", rust.variant()), ("method", rust.method()), ("constant", rust.constant())];
    casings.map(|(kind, name)| (kind, name.to_string()))
}

fn modules(service: &ServicePolicy) -> [String; 3] {
    ["policy", "server", "client"].map(|kind| format!("{}_{kind}", service.rust.module()))
}

/// True if another owner has the module already, which is reported.
fn claim(
    module: String,
    owner: &str,
    at: &Location,
    owners: &mut BTreeMap<String, String>,
    found: &mut Diagnostics,
) -> bool {
    if let Some(other) = owners.get(&module) {
        let message = format!("{owner} and {other} are both the module `{module}` in Rust");
        collision(at, message, "rename one of them", found);
        return true;
    }
    owners.insert(module, owner.to_owned());
    false
}

fn collision(at: &Location, message: String, help: &str, found: &mut Diagnostics) {
    found.error(Rule::NameCollision, at, message, help);
}

#[cfg(test)]
mod tests;
