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
    let vocabularies = vocabularies.map(|(name, it)| (name.clone(), vocabulary(it))).collect();
    let used = services.iter().filter_map(|service| service.scope_vocabulary.as_ref()).collect::<BTreeSet<_>>();
    let scopes = policy.scope_vocabularies.iter().filter(|(name, _)| used.contains(name));
    let scope_vocabularies = scopes.map(|(name, it)| (name.clone(), scope_vocabulary(it))).collect();
    let services = services.iter().map(|it| (it.name.clone(), service(it))).collect();
    Manifest::of(services).with_vocabularies(vocabularies, scope_vocabularies)
}

/// The SHA-256 of the rules of a service, in hexadecimal.
pub(super) fn digest(service: &ServicePolicy) -> String {
    manifest::digest(&service.name, &methods(service), None)
}

fn service(service: &ServicePolicy) -> Service {
    let ServicePolicy { name, declared_at, vocabulary, scope_vocabulary, .. } = service;
    Service {
        vocabulary: vocabulary.clone(),
        scope_vocabulary: scope_vocabulary.clone(),
        ..Service::new(name, declared_at.clone(), methods(service))
    }
}

fn methods(service: &ServicePolicy) -> BTreeMap<String, Method> {
    service.methods.iter().map(|it| (it.name.clone(), method(it))).collect()
}

fn method(method: &MethodPolicy) -> Method {
    let policy::Handling { records_admitted, rate_class } = &method.rule.handling;
    let policy::Notes { description, public_reason } = method.rule.notes.clone();
    Method {
        audit: (!records_admitted).then_some(manifest::Audit::Deny),
        declared_at: method.at.clone(),
        description,
        kind: method.kind,
        public_reason,
        rate_class: rate_class.clone(),
        rule: rule(&method.rule),
        source: method.source,
    }
}

fn rule(RulePolicy { access, conditions, .. }: &RulePolicy) -> Rule {
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
        let (description, is_sensitive) = (role.description, role.is_sensitive);
        (role.name, manifest::Role { declared_at: role.at, description, includes, is_sensitive })
    });
    Vocabulary { declared_at: vocabulary.at.clone(), roles: roles.collect() }
}

fn scope_vocabulary(vocabulary: &policy::ScopeVocabulary) -> manifest::ScopeVocabulary {
    let scopes = vocabulary.scopes.iter().map(|scope| {
        let (declared_at, description) = (scope.at.clone(), scope.description.clone());
        (scope.name.clone(), manifest::Scope { declared_at, description })
    });
    manifest::ScopeVocabulary { declared_at: vocabulary.at.clone(), scopes: scopes.collect() }
}
