//! Gives every method a rule. This is the only place that reports a missing one.

use std::collections::BTreeMap;

use super::lookup::Lookup;
use super::model::{MethodPolicy, PackagePolicy, Policy, RulePolicy, ServicePolicy};
use super::role::RolePolicy;
use super::rule::{Names, Reader, RequestType};
use super::scope_vocabulary::{self, ScopeVocabulary};
use super::vocabulary::{self, Vocabulary};
use crate::declared::{Declared, DeclaredFile, DeclaredMethod, DeclaredRule, DeclaredService};
use crate::diagnostic::{Diagnostics, Lint, Location, Refused};
use crate::manifest::{Kind, Source};
use crate::schema;

/// Resolves all files to generate.
///
/// # Errors
///
/// Every finding about rules, roles and vocabularies.
pub(crate) fn resolve(declared: &Declared) -> Result<Policy, Diagnostics> {
    let mut found = Diagnostics::default();
    let roles = vocabulary::resolve(&declared.vocabularies.roles, &mut found);
    let scopes = scope_vocabulary::resolve(&declared.vocabularies, &mut found);
    let context = Context { declared, roles: &Lookup::new(&roles), scopes: &Lookup::new(&scopes) };
    let mut packages = BTreeMap::<_, Vec<_>>::new();
    for file in declared.files.iter().filter(|file| !file.services.is_empty()) {
        let services = Resolver { file, context, found: &mut found }.services();
        packages.entry(&file.package).or_default().extend(services.into_iter().filter_map(Result::ok));
    }
    let packages = packages.into_iter().map(|(name, services)| PackagePolicy {
        name: name.clone(),
        free_roles: free_roles(&services),
        services,
    });
    let packages = packages.collect();
    let vocabularies = roles.into_iter().filter_map(|(name, vocabulary)| Some((name, vocabulary.ok()?)));
    let scope_vocabularies = scopes.into_iter().filter_map(|(name, vocabulary)| Some((name, vocabulary.ok()?)));
    let (vocabularies, scope_vocabularies) = (vocabularies.collect(), scope_vocabularies.collect());
    found.gate(Policy { packages, vocabularies, scope_vocabularies })
}

/// The roles that services name without a vocabulary, each once, sorted.
fn free_roles(services: &[ServicePolicy]) -> Vec<RolePolicy> {
    let mut roles = BTreeMap::new();
    for method in services.iter().flat_map(|service| &service.methods) {
        for role in method.roles().filter(|role| role.is_free) {
            roles.entry(role.name.clone()).or_insert_with(|| RolePolicy {
                name: role.name.clone(),
                held_by: role.held_by.clone(),
                includes: Vec::new(),
                rust_name: None,
                is_free: true,
                description: None,
                is_sensitive: false,
                at: method.at.clone(),
            });
        }
    }
    roles.into_values().collect()
}

/// What one file needs to know about the others.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) declared: &'a Declared,
    pub(super) roles: &'a Lookup<'a, Vocabulary>,
    pub(super) scopes: &'a Lookup<'a, ScopeVocabulary>,
}

/// Resolves one file.
pub(super) struct Resolver<'a> {
    pub(super) file: &'a DeclaredFile,
    pub(super) context: Context<'a>,
    pub(super) found: &'a mut Diagnostics,
}

impl<'a> Resolver<'a> {
    fn services(&mut self) -> Vec<Result<ServicePolicy, Refused>> {
        self.check_options();
        self.file.services.iter().map(|service| self.service(service)).collect()
    }

    /// Nothing removes options from text. From descriptors, rules may have been removed without the options of other kinds.
    fn check_options(&mut self) {
        let file = self.file;
        let has_methods = file.services.iter().any(|service| !service.methods.is_empty());
        let has_rules = file.services.iter().any(|service| service.rules().next().is_some());
        if self.context.declared.is_from_source || !has_methods || has_rules {
            return;
        }
        let (message, help) = if file.imports_schema { STRIPPED } else { NOT_IMPORTED };
        self.found.error(Lint::OptionsMissing, &Location::file(&file.name), message, help);
    }

    fn service(&mut self, service: &'a DeclaredService) -> Result<ServicePolicy, Refused> {
        let names = Names { roles: self.accepted_roles(service), scopes: self.accepted_scopes(service) };
        let default = self.default(service, &names);
        let methods = service.methods.iter().map(|method| {
            let (rule, source, at) = self.rule(service, method, &names, default.as_ref().copied())?;
            Ok(method_policy(method, rule, source, at))
        });
        let methods = methods.collect::<Vec<_>>();
        Ok(ServicePolicy {
            name: self.full_name(&service.name),
            short_name: service.name.clone(),
            vocabulary: names.roles.vocabulary()?,
            scope_vocabulary: names.scopes.vocabulary()?,
            comments: service.comments.clone(),
            methods: methods.into_iter().collect::<Result<_, _>>()?,
            file: self.file.name.clone(),
            declared_at: service.at.clone(),
        })
    }

    /// Checks the default by itself. Its fields of the request are checked for each method that it applies to.
    fn default(
        &mut self,
        service: &'a DeclaredService,
        names: &Names<'a>,
    ) -> Result<Option<&'a DeclaredRule>, Refused> {
        let Some(rule) = &service.default else { return Ok(None) };
        let whose = format!("the default rule of `{}`", service.name);
        Reader { whose, rule, names, request: None }.read(self.found)?;
        Ok(Some(rule))
    }

    fn rule(
        &mut self,
        service: &DeclaredService,
        method: &DeclaredMethod,
        names: &Names<'a>,
        default: Result<Option<&DeclaredRule>, &Refused>,
    ) -> Result<(RulePolicy, Source, Location), Refused> {
        let name = format!("{}.{}", service.name, method.name);
        let (rule, source, whose) = match &method.rule {
            Some(rule) => (rule, Source::Method, format!("the rule of `{name}`")),
            None => match default.map_err(|refused| *refused)? {
                Some(rule) => {
                    (rule, Source::ServiceDefault, format!("the default rule of `{}`, for `{name}`,", service.name))
                }
                None => return Err(self.missing(&name, method)),
            },
        };
        let request = Some(RequestType { name: &method.request, messages: &self.context.declared.messages });
        let policy = Reader { whose, rule, names, request }.read(self.found)?;
        Ok((policy, source, rule.at.clone()))
    }

    fn missing(&mut self, name: &str, method: &DeclaredMethod) -> Refused {
        let import = if self.file.imports_schema { "" } else { IMPORT };
        let option = schema::option("method", &self.file.package);
        let help = format!("add {import}`option {option} = {RULE}{}", self.exclusion());
        let message = format!("`{name}` has no rule");
        self.found.error(Lint::MissingRule, &method.at, message, help)
    }

    /// The help for a service that another program may serve.
    fn exclusion(&self) -> String {
        match (self.file.is_imported, self.file.package.as_str()) {
            (false, _) | (true, "") => String::new(),
            (true, package) => format!(
                "; if somebody else serves it, leave it out: `Config::exclude(\"{package}\")` in a build script, the \
                 parameter `exclude={package}` of the plugin, `exclude: [{package}]` below its `options` in buf.yaml, or \
                 `--exclude {package}` of a command"
            ),
        }
    }

    fn full_name(&self, service: &str) -> String {
        match self.file.package.as_str() {
            "" => service.to_owned(),
            package => format!("{package}.{service}"),
        }
    }
}

fn method_policy(method: &DeclaredMethod, rule: RulePolicy, source: Source, at: Location) -> MethodPolicy {
    MethodPolicy {
        name: method.name.clone(),
        comments: method.comments.clone(),
        rule,
        source,
        at,
        kind: kind(method),
        is_deprecated: method.is_deprecated,
        request: method.request.clone(),
        response: method.response.clone(),
        declared_at: method.at.clone(),
    }
}

fn kind(method: &DeclaredMethod) -> Kind {
    match (method.client_streaming, method.server_streaming) {
        (false, false) => Kind::Unary,
        (false, true) => Kind::ServerStreaming,
        (true, false) => Kind::ClientStreaming,
        (true, true) => Kind::BidiStreaming,
    }
}

const IMPORT: &str = "`import \"secure/v1/options.proto\";` to the file and ";

const RULE: &str = "{ required_roles: [\"...\"] };` to the method; \
    other rules are `{ authenticated: true }`, `{ public: true }` and `{ denied: true }`";

/// The message and help for a file that imports the schema and has no rule.
const STRIPPED: (&str, &str) = (
    "the file imports `secure/v1/options.proto`, but not one of its methods has a rule",
    "if rules are written there, something removed them: `exclude_types` in buf.gen.yaml, or prost-types (use protox's \
        `encode_file_descriptor_set()`)",
);

/// The message and help for a file that has neither.
const NOT_IMPORTED: (&str, &str) = (
    "not one method of the file has a rule, and `secure/v1/options.proto` is not imported",
    "if both are written there, `exclude_types` in buf.gen.yaml removed them",
);

#[cfg(test)]
mod tests;
