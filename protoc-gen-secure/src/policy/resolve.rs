//! The one place where silence about a method is noticed.

use std::collections::BTreeMap;

use super::rule::{Reader, RequestType};
use super::vocabulary::{self, Roles, Vocabularies, Vocabulary};
use super::{Access, ExternPaths, Kind, MethodPolicy, PackagePolicy, Policy, RolePolicy, RulePolicy, RustName};
use super::{ServicePolicy, Source, TypePath, ident, neighbours};
use crate::declared::{Declared, DeclaredFile, DeclaredMethod, DeclaredRule, DeclaredService};
use crate::diagnostic::{Diagnostics, Location, Refused, Rule};

/// Makes rules of declarations. Every method has one, or there is no policy.
pub(crate) fn resolve(declared: Declared, extern_paths: &ExternPaths) -> Result<Policy, Diagnostics> {
    let mut found = Diagnostics::default();
    let vocabularies = vocabulary::resolve(&declared.vocabularies, &mut found);
    let own = vocabularies.values().flatten().map(|vocabulary| (vocabulary.package.as_str(), vocabulary)).collect();
    let by_file = vocabularies.values().flatten().map(|vocabulary| (vocabulary.file.as_str(), vocabulary)).collect();
    let context =
        Context { by_file: &by_file, declared: &declared, vocabularies: &vocabularies, own: &own, extern_paths };
    let mut packages = BTreeMap::<_, Package>::new();
    for vocabulary in vocabularies.values().flatten().filter(|it| context.generates(&it.name, it.is_generated)) {
        packages.entry(&*vocabulary.package).or_default().roles.extend(vocabulary.markers());
    }
    for file in declared.files.iter().filter(|file| !file.services.is_empty()) {
        let services = Resolver { file, context, found: &mut found }.services();
        let package = packages.entry(&*file.package).or_default();
        package.services.extend(services.into_iter().filter_map(Result::ok));
    }
    let mut neighbours = neighbours::by_package(&declared.surroundings);
    let packages = packages.into_iter().map(|(name, Package { services, roles })| PackagePolicy {
        name: name.to_owned(),
        roles: with_free(roles, &services),
        services,
        neighbours: neighbours.remove(name).unwrap_or_default(),
    });
    let all_packages = declared.surroundings.iter().map(|file| file.package.clone()).collect();
    let vocabularies = vocabularies.values().flatten().map(Vocabulary::policy).collect();
    found.gate(Policy { packages: packages.collect(), all_packages, vocabularies })
}

/// What is found of a package, file after file.
#[derive(Default)]
struct Package {
    services: Vec<ServicePolicy>,
    roles: Vec<RolePolicy>,
}

/// Roles of a vocabulary, and those that services name without one, each once, sorted.
fn with_free(roles: Vec<RolePolicy>, services: &[ServicePolicy]) -> Vec<RolePolicy> {
    let methods = services.iter().flat_map(|service| &service.methods);
    let free = methods.flat_map(|method| {
        let required = match &method.rule.access {
            Access::AnyRole(roles) => roles.as_slice(),
            Access::Authenticated | Access::Denied | Access::Public => &[],
        };
        let exempt = method.rule.bounds.iter().flat_map(|bound| &bound.exempt);
        required.iter().chain(exempt).filter_map(|role| role.marker(&method.at))
    });
    let mut sorted = BTreeMap::new();
    for role in roles.into_iter().chain(free) {
        sorted.entry(role.role.as_str().to_owned()).or_insert(role);
    }
    sorted.into_values().collect()
}

/// What a file does not say itself.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) declared: &'a Declared,
    pub(super) vocabularies: &'a Vocabularies,
    /// Those that are fine, by the file that declares them.
    /// The vocabulary that a package declares, by the package.
    pub(super) own: &'a BTreeMap<&'a str, &'a Vocabulary>,
    /// The same, by the file.
    pub(super) by_file: &'a BTreeMap<&'a str, &'a Vocabulary>,
    pub(super) extern_paths: &'a ExternPaths,
}

impl Context<'_> {
    /// Whether what belongs to an enum is generated here and now.
    fn generates(&self, proto: &str, is_generated: bool) -> bool {
        is_generated && self.extern_paths.resolve(&format!(".{proto}")).is_none()
    }
}

/// Resolves one file.
pub(super) struct Resolver<'a> {
    pub(super) file: &'a DeclaredFile,
    pub(super) context: Context<'a>,
    pub(super) found: &'a mut Diagnostics,
}

impl<'a> Resolver<'a> {
    fn services(&mut self) -> Vec<Result<ServicePolicy, Refused>> {
        self.package();
        self.options();
        self.file.services.iter().map(|service| self.service(service)).collect()
    }

    fn package(&mut self) {
        let file = self.file;
        let mut segments = file.package.split('.').filter(|segment| !segment.is_empty());
        if let Some(segment) = segments.find(|segment| ident::parse(&ident::snake(segment)).is_none()) {
            self.nameless(&format!("the package segment `{segment}`"), &Location::file(&file.name));
        }
    }

    fn options(&mut self) {
        let file = self.file;
        let has_rule = file.services.iter().any(|service| service.default.is_some());
        let mut methods = file.services.iter().flat_map(|service| &service.methods).peekable();
        if methods.peek().is_none() || has_rule || methods.any(|method| method.rule.is_some()) {
            return;
        }
        let (message, help) = if file.imports_schema { STRIPPED } else { NOT_IMPORTED };
        self.found.error(Rule::OptionsMissing, &Location::file(&file.name), message, help);
    }

    fn service(&mut self, service: &'a DeclaredService) -> Result<ServicePolicy, Refused> {
        let rust = self.rust_name(&service.name, &service.at);
        let roles = self.roles(service);
        let default = self.default(service, &roles);
        let methods = service.methods.iter().map(|method| {
            let rule = self.rule(service, method, &roles, default.as_ref().copied());
            self.method(method, rule)
        });
        let methods = methods.collect::<Vec<_>>();
        Ok(ServicePolicy {
            name: self.full_name(&service.name),
            rust: rust?,
            comments: service.comments.clone(),
            methods: methods.into_iter().collect::<Result<_, _>>()?,
            file: self.file.name.clone(),
            declared_at: service.at.clone(),
            vocabulary: roles.vocabulary().map(|vocabulary| vocabulary.name.clone()),
        })
    }

    fn method(
        &mut self,
        method: &DeclaredMethod,
        rule: Result<(RulePolicy, Source, Location), Refused>,
    ) -> Result<MethodPolicy, Refused> {
        let rust = self.rust_name(&method.name, &method.at);
        let request = self.type_path(&method.request, &method.at);
        let response = self.type_path(&method.response, &method.at);
        let (rule, source, at) = rule?;
        Ok(MethodPolicy {
            name: method.name.clone(),
            rust: rust?,
            comments: method.comments.clone(),
            rule,
            source,
            at,
            kind: kind(method),
            request: request?,
            response: response?,
            declared_at: method.at.clone(),
        })
    }

    /// The default, which by itself says who may call, whatever it demands of requests.
    fn default(
        &mut self,
        service: &'a DeclaredService,
        roles: &Roles<'a>,
    ) -> Result<Option<&'a DeclaredRule>, Refused> {
        let Some(rule) = &service.default else { return Ok(None) };
        let whose = format!("the default rule of `{}`", service.name);
        Reader { whose, rule, roles: roles.clone(), request: None }.read(self.found)?;
        Ok(Some(rule))
    }

    fn rule(
        &mut self,
        service: &DeclaredService,
        method: &DeclaredMethod,
        roles: &Roles<'a>,
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
        let policy = Reader { whose, rule, roles: roles.clone(), request }.read(self.found)?;
        Ok((policy, source, rule.at.clone()))
    }

    fn missing(&mut self, name: &str, method: &DeclaredMethod) -> Refused {
        let import = if self.file.imports_schema { "" } else { IMPORT };
        let (message, help) = (format!("`{name}` has no rule"), format!("add {import}{RULE}"));
        self.found.error(Rule::MissingRule, &method.at, message, help)
    }

    fn rust_name(&mut self, name: &str, at: &Location) -> Result<RustName, Refused> {
        RustName::new(name).ok_or_else(|| self.nameless(&format!("`{name}`"), at))
    }

    fn type_path(&mut self, name: &str, at: &Location) -> Result<TypePath, Refused> {
        let path = TypePath::resolve(name, &self.file.package, self.context.extern_paths);
        path.ok_or_else(|| self.nameless(&format!("the message `{}`", name.trim_start_matches('.')), at))
    }

    pub(super) fn nameless(&mut self, what: &str, at: &Location) -> Refused {
        let message = format!("{what} has no Rust name");
        self.found.error(Rule::InvalidName, at, message, "give it a letter or a digit")
    }

    fn full_name(&self, service: &str) -> String {
        match self.file.package.as_str() {
            "" => service.to_owned(),
            package => format!("{package}.{service}"),
        }
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

const RULE: &str = "`option (secure.v1.method) = { required_roles: [\"...\"] };` to the method; \
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
