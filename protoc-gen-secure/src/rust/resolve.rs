//! Gives every name of a policy its Rust name.

use std::collections::{BTreeMap, BTreeSet};

use super::casing::{self, RustName};
use super::extern_paths::ExternPaths;
use super::ident;
use super::model::{Method, Package, Role, Service};
use super::type_path::TypePath;
use crate::diagnostic::{Diagnostics, Lint, Location, Refused};
use crate::policy::{
    Condition, MethodPolicy, PackagePolicy, Policy, RequestCondition, RolePolicy, ServicePolicy, Vocabulary, implied,
};

/// The packages with services or roles, sorted by name.
///
/// # Errors
///
/// A finding for every name without a Rust name.
pub(crate) fn resolve<'a>(policy: &'a Policy, extern_paths: &ExternPaths) -> Result<Vec<Package<'a>>, Diagnostics> {
    let mut namer = Namer { policy, extern_paths, found: Diagnostics::default() };
    let mut packages = BTreeMap::<&str, Package<'_>>::new();
    for vocabulary in policy.vocabularies.values() {
        let roles = namer.roles(vocabulary);
        if vocabulary.is_generated && extern_paths.resolve(&format!(".{}", vocabulary.name)).is_none() {
            package(&vocabulary.package, &mut packages).roles.extend(roles);
        }
    }
    for item in &policy.packages {
        namer.check_package(item);
        let services = item.services.iter().map(|service| namer.service(service, &item.name)).collect::<Vec<_>>();
        let roles = item.free_roles.iter().filter_map(|role| namer.role(role, None).ok()).collect::<Vec<_>>();
        let package = package(&item.name, &mut packages);
        package.services.extend(services.into_iter().filter_map(Result::ok));
        package.roles.extend(roles);
    }
    for package in packages.values_mut() {
        package.roles.sort_by(|one, other| one.policy.name.cmp(&other.policy.name));
    }
    namer.found.gate(packages.into_values().collect())
}

fn package<'a, 'b>(name: &'a str, packages: &'b mut BTreeMap<&'a str, Package<'a>>) -> &'b mut Package<'a> {
    packages.entry(name).or_insert_with(|| Package { name, services: Vec::new(), roles: Vec::new() })
}

struct Namer<'a, 'b> {
    policy: &'a Policy,
    extern_paths: &'b ExternPaths,
    found: Diagnostics,
}

impl<'a> Namer<'a, '_> {
    fn check_package(&mut self, package: &PackagePolicy) {
        let mut segments = package.name.split('.').filter(|segment| !segment.is_empty());
        let Some(segment) = segments.find(|segment| ident::checked(ident::snake(segment)).is_none()) else { return };
        let files = package.services.iter().map(|service| &service.file).collect::<BTreeSet<_>>();
        files.iter().for_each(|file| {
            self.nameless(&format!("the package segment `{segment}`"), &Location::file(file));
        });
    }

    fn service(&mut self, policy: &'a ServicePolicy, package: &str) -> Result<Service<'a>, Refused> {
        let rust = self.rust_name(&policy.short_name, &policy.declared_at);
        let roles = self.module_of_roles(policy, package);
        let methods = policy.methods.iter().map(|method| {
            let named = self.method(method, package);
            let implied = self.implied(method, policy, roles.as_ref().ok());
            named.map(|named| Method { implied, ..named })
        });
        let methods = methods.collect::<Vec<_>>();
        roles?;
        Ok(Service { policy, rust: rust?, methods: methods.into_iter().collect::<Result<_, _>>()? })
    }

    fn method(&mut self, policy: &'a MethodPolicy, package: &str) -> Result<Method<'a>, Refused> {
        let rust = self.rust_name(&policy.name, &policy.declared_at);
        let request = self.type_path(&policy.request, policy, package);
        let response = self.type_path(&policy.response, policy, package);
        let conditions = policy.rule.conditions.iter().flat_map(Condition::request_conditions);
        let fields = conditions.map(|condition| self.fields(condition, policy)).collect::<Vec<_>>();
        let fields = fields.into_iter().collect::<Result<_, _>>();
        Ok(Method { policy, rust: rust?, request: request?, response: response?, fields: fields?, implied: Vec::new() })
    }

    /// The module with the types of the roles of a service.
    fn module_of_roles(&mut self, service: &ServicePolicy, package: &str) -> Result<TypePath, Refused> {
        let vocabulary = service.vocabulary.as_ref().and_then(|name| self.policy.vocabularies.get(name));
        let Some(vocabulary) = vocabulary else { return Ok(TypePath::roles()) };
        let path =
            TypePath::roles_beside(&format!(".{}", vocabulary.name), vocabulary.depth(), package, self.extern_paths);
        path.ok_or_else(|| self.nameless(&format!("`{}`", vocabulary.name), &service.declared_at))
    }

    /// Without the module there is a finding already.
    fn implied(&self, method: &MethodPolicy, service: &ServicePolicy, module: Option<&TypePath>) -> Vec<TypePath> {
        let vocabulary = service.vocabulary.as_ref().and_then(|name| self.policy.vocabularies.get(name));
        let marker = |role: &str| {
            let rust_name = vocabulary.and_then(|vocabulary| vocabulary.rust_name(role));
            Some(module?.join(&casing::marker(role, rust_name)?))
        };
        implied(method.required_roles()).into_iter().filter_map(marker).collect()
    }

    fn roles(&mut self, vocabulary: &Vocabulary) -> Vec<Role> {
        vocabulary.roles().filter_map(|role| self.role(&role, Some(&vocabulary.name)).ok()).collect()
    }

    fn role(&mut self, role: &RolePolicy, vocabulary: Option<&str>) -> Result<Role, Refused> {
        let marker = casing::marker(&role.name, role.rust_name.as_deref());
        let marker = marker.ok_or_else(|| {
            let (of, help) = match vocabulary {
                Some(name) => (format!(" of `{name}`"), "give it a `rust_name` in upper camel case"),
                None => (String::new(), "give it an ASCII letter or digit, or a `rust_name` in a vocabulary"),
            };
            let message = format!("the role `{:?}`{of} has no Rust name", role.name);
            self.found.error(Lint::InvalidName, &role.at, message, help)
        });
        Ok(Role { policy: role.clone(), marker: marker? })
    }

    fn fields(&mut self, condition: &RequestCondition, method: &MethodPolicy) -> Result<Vec<String>, Refused> {
        let fields = condition.field.steps.iter().map(|step| ident::checked(ident::snake(&step.name)));
        fields.collect::<Option<Vec<_>>>().ok_or_else(|| {
            let message = format!("the field `{}`, which a rule names, has no Rust name", condition.field.text);
            self.found.error(Lint::InvalidField, &method.at, message, "rename the field")
        })
    }

    fn rust_name(&mut self, name: &str, at: &Location) -> Result<RustName, Refused> {
        RustName::new(name).ok_or_else(|| self.nameless(&format!("`{name}`"), at))
    }

    fn type_path(&mut self, name: &str, method: &MethodPolicy, package: &str) -> Result<TypePath, Refused> {
        let path = TypePath::resolve(name, package, self.extern_paths);
        let what = || format!("the message `{}`", name.trim_start_matches('.'));
        path.ok_or_else(|| self.nameless(&what(), &method.declared_at))
    }

    fn nameless(&mut self, what: &str, at: &Location) -> Refused {
        self.found.error(Lint::InvalidName, at, format!("{what} has no Rust name"), "give it a letter or a digit")
    }
}
