//! Policy → manifest.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifest::{self, Manifest, Method, OwnerRule, Rule, Service, TenantRule, Vocabulary};
use crate::policy::{self, Bound, Fact, MethodPolicy, PackagePolicy, Policy, RequiredRole, RulePolicy, ServicePolicy};
use crate::policy::{VocabularyPolicy, admitted};

/// The rules of these packages, with the vocabularies of their services.
pub(crate) fn manifest<'a>(packages: impl IntoIterator<Item = &'a PackagePolicy>, policy: &Policy) -> Manifest {
    let services = packages.into_iter().flat_map(|package| &package.services);
    let services = services.filter(|service| !service.methods.is_empty()).collect::<Vec<_>>();
    let used = services.iter().filter_map(|service| service.vocabulary.as_ref()).collect::<BTreeSet<_>>();
    let vocabularies = policy.vocabularies.iter().filter(|it| used.contains(&it.name));
    let vocabularies = vocabularies.map(|it| (it.name.clone(), vocabulary(it)));
    Manifest::new(services.iter().map(|it| (it.name.clone(), service(it))).collect(), vocabularies.collect())
}

/// The SHA-256 of the rules of a service, in hexadecimal.
pub(super) fn digest(service: &ServicePolicy) -> String {
    manifest::digest(&service.name, &methods(service), None)
}

fn service(service: &ServicePolicy) -> Service {
    Service::new(&service.name, service.declared_at.clone(), methods(service), service.vocabulary.clone())
}

fn methods(service: &ServicePolicy) -> BTreeMap<String, Method> {
    service.methods.iter().map(|it| (it.name.clone(), method(it))).collect()
}

fn method(method: &MethodPolicy) -> Method {
    let kind = match method.kind {
        policy::Kind::BidiStreaming => manifest::Kind::BidiStreaming,
        policy::Kind::ClientStreaming => manifest::Kind::ClientStreaming,
        policy::Kind::ServerStreaming => manifest::Kind::ServerStreaming,
        policy::Kind::Unary => manifest::Kind::Unary,
    };
    let source = match method.source {
        policy::Source::Method => manifest::Source::Method,
        policy::Source::ServiceDefault => manifest::Source::ServiceDefault,
    };
    Method { declared_at: method.at.clone(), kind, rule: rule(&method.rule), source }
}

fn rule(policy: &RulePolicy) -> Rule {
    let access = match &policy.access {
        policy::Access::AnyRole(required) => manifest::Access::AnyRole(roles(required)),
        policy::Access::Authenticated => manifest::Access::Authenticated,
        policy::Access::Denied => manifest::Access::Denied,
        policy::Access::Public => manifest::Access::Public,
    };
    let mut rule = Rule {
        scopes: policy.scopes.iter().cloned().collect(),
        credentials: policy.credentials.iter().copied().map(credential).collect(),
        peers: policy.peers.iter().cloned().collect(),
        ..Rule::of(access)
    };
    for Bound { fact, field, exempt } in &policy.bounds {
        let (field, exempt_roles) = (field.text.clone(), roles(exempt));
        match fact {
            Fact::Claim(path) => rule.tenant = Some(TenantRule { claim: path.clone(), exempt_roles, field }),
            Fact::Subject => rule.owner = Some(OwnerRule { exempt_roles, field }),
        }
    }
    rule
}

fn credential(credential: policy::Credential) -> manifest::Credential {
    match credential {
        policy::Credential::Jwt => manifest::Credential::Jwt,
        policy::Credential::Mtls => manifest::Credential::Mtls,
    }
}

fn roles(roles: &[RequiredRole]) -> BTreeSet<String> {
    admitted(roles).into_iter().map(str::to_owned).collect()
}

fn vocabulary(vocabulary: &VocabularyPolicy) -> Vocabulary {
    let roles = vocabulary.roles.iter().map(|role| {
        let includes = role.includes.iter().cloned().collect();
        (role.name.clone(), manifest::Role { declared_at: role.at.clone(), includes })
    });
    Vocabulary { declared_at: vocabulary.at.clone(), roles: roles.collect() }
}
