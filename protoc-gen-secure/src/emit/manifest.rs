//! Policy → manifest.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::{restrict, roles};
use crate::manifest::{self, Manifest, Method, Rule, Service, Vocabulary};
use crate::policy::{self, Access, MethodPolicy, Policy, RulePolicy, ServicePolicy};

/// The rules of these services, with their vocabularies.
pub(crate) fn manifest<'a>(services: impl IntoIterator<Item = &'a ServicePolicy>, policy: &Policy) -> Manifest {
    let services = services.into_iter().filter(|service| !service.methods.is_empty()).collect::<Vec<_>>();
    let used = services.iter().filter_map(|service| service.vocabulary.as_ref()).collect::<BTreeSet<_>>();
    let vocabularies = policy.vocabularies.iter().filter(|(name, _)| used.contains(name));
    let vocabularies = vocabularies.map(|(name, it)| (name.clone(), vocabulary(it)));
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

fn rule(RulePolicy { access, conditions }: &RulePolicy) -> Rule {
    let access = match access {
        Access::Anonymous => manifest::Access::Anonymous,
        Access::AnyRole(required) => manifest::Access::AnyRole(roles(required)),
        Access::Authenticated => manifest::Access::Authenticated,
        Access::Denied => manifest::Access::Denied,
        Access::Public => manifest::Access::Public,
    };
    conditions.iter().fold(Rule::of(access), restrict)
}

fn vocabulary(vocabulary: &policy::Vocabulary) -> Vocabulary {
    let roles = vocabulary.roles().map(|role| {
        let includes = role.includes.into_iter().collect();
        (role.name, manifest::Role { declared_at: role.at, includes })
    });
    Vocabulary { declared_at: vocabulary.at.clone(), roles: roles.collect() }
}
