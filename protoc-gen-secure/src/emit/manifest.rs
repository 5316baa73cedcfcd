//! The canonical manifest of a service: its rules and nothing else, in one form for one meaning.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::policy::{Access, Bound, Fact, PackagePolicy, RulePolicy, ServicePolicy, admitted};

/// `<package>.secure.json`: the manifest of each service, with its digest.
pub(crate) fn emit(package: &PackagePolicy) -> String {
    let services = package.services.iter().filter(|service| !service.methods.is_empty());
    let services = services
        .map(|service| object([("digest", json!(digest(service)).to_string()), ("manifest", manifest(service))]));
    let text = object([("services", format!("[{}]", services.collect::<Vec<_>>().join(",")))]);
    // With or without an order of their own, maps keep the order of the text.
    let value = serde_json::from_str::<Value>(&text).expect("the manifest is JSON");
    format!("{value:#}\n")
}

/// The SHA-256 of the manifest, in hexadecimal.
pub(super) fn digest(service: &ServicePolicy) -> String {
    Sha256::digest(manifest(service)).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// JSON without blanks; members, methods, roles, scopes, credentials and peers in the order of their bytes. Roles are
/// those that admit, hierarchies resolved.
fn manifest(service: &ServicePolicy) -> String {
    let methods = service.methods.iter().map(|method| (method.name.clone(), rule(&method.rule)));
    object([("methods", object(methods)), ("service", json!(service.name).to_string())])
}

/// serde_json's own maps keep another order if any crate of the build asks for it.
fn object<K: AsRef<str>>(members: impl IntoIterator<Item = (K, String)>) -> String {
    let members = members.into_iter().map(|(name, value)| (json!(name.as_ref()).to_string(), value));
    let members = members.collect::<BTreeMap<_, _>>();
    let members = members.iter().map(|(name, value)| format!("{name}:{value}")).collect::<Vec<_>>();
    format!("{{{}}}", members.join(","))
}

fn rule(rule: &RulePolicy) -> String {
    let answer = match &rule.access {
        Access::AnyRole(roles) => ("required_roles", sorted(admitted(roles))),
        Access::Authenticated => ("authenticated", json!(true).to_string()),
        Access::Denied => ("denied", json!(true).to_string()),
        Access::Public => ("public", json!(true).to_string()),
    };
    let lists = [
        ("peers", rule.peers.iter().map(String::as_str).collect::<Vec<_>>()),
        ("required_credentials", rule.credentials.iter().map(|credential| credential.name()).collect()),
        ("required_scopes", rule.scopes.iter().map(String::as_str).collect()),
    ];
    let lists = lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(name, list)| (name, sorted(list)));
    object([answer].into_iter().chain(lists).chain(rule.bounds.iter().map(bound)))
}

fn bound(bound: &Bound) -> (&'static str, String) {
    let field = ("field", json!(bound.field.text).to_string());
    let exempt = admitted(&bound.exempt);
    let exempt = (!exempt.is_empty()).then(|| ("exempt_roles", sorted(exempt)));
    match &bound.fact {
        Fact::Claim(path) => ("tenant", object([field, ("claim", json!(path).to_string())].into_iter().chain(exempt))),
        Fact::Subject => ("owner", object([field].into_iter().chain(exempt))),
    }
}

fn sorted(mut list: Vec<&str>) -> String {
    list.sort_unstable();
    json!(list).to_string()
}
