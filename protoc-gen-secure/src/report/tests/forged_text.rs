//! No name forges a line of a report, or changes how a terminal shows others.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::diagnostic::{Location, Severity, is_invisible};
use crate::manifest::{Access, Credential, DelegationRule, Kind, Manifest, Method, Rule, Service, Source};
use crate::manifest::{OwnerRule, TenantRule};
use crate::report::annotation::Annotation;
use crate::report::caller::{Caller, Fact, Principal};
use crate::report::diff::{self, Allowed, Check};
use crate::report::usage::{self, Tally, Usage};
use crate::report::{explain, github, matrix, sarif};

/// A line break, a carriage return, a tab, colours, a control character of Latin-1, and a change of direction.
const FORGED: &str = "x\n  why: fine\r\t\u{1b}[8m\u{9b}2J\u{7f}\u{202e}";

/// A rule and its method in which every name is this text.
fn manifest(name: &str) -> Manifest {
    let names = || BTreeSet::from([name.to_owned()]);
    let (field, claim) = (name.to_owned(), vec![name.to_owned()]);
    let rule = Rule {
        scopes: names(),
        peers: names(),
        delegation: Some(DelegationRule::allowing(names())),
        tenant: Some(TenantRule { claim, exempt_roles: names(), field: field.clone() }),
        owner: Some(OwnerRule { exempt_roles: names(), field }),
        ..Rule::of(Access::AnyRole(names()))
    };
    let method = Method {
        audit: None,
        declared_at: Location::file(name),
        description: Some(name.to_owned()),
        kind: Kind::Unary,
        public_reason: Some(name.to_owned()),
        rate_class: None,
        rule,
        source: Source::Method,
    };
    let methods = BTreeMap::from([(name.to_owned(), method.clone()), ("Get".to_owned(), method)]);
    Manifest::of(BTreeMap::from([(name.to_owned(), Service::new(name, Location::file(name), methods))]))
}

/// A caller who fulfils the rule.
fn caller(name: &str) -> Caller {
    let names = || BTreeSet::from([name.to_owned()]);
    let claim = vec![name.to_owned()];
    let principal = Principal {
        proven_by: Some(Credential::Jwt),
        roles: names(),
        scopes: names(),
        actor: Some(name.to_owned()),
        facts: BTreeSet::from([Fact::Tenant { claim, field: name.to_owned() }, Fact::Owner { field: name.to_owned() }]),
    };
    Caller { certificate: Some(name.to_owned()), further_names: names(), principal: Some(principal) }
}

fn explanations(name: &str) -> Vec<String> {
    let manifest = manifest(name);
    let mut explanations = Vec::new();
    for caller in [caller(name), Caller::default()] {
        let path = format!("{name}/Get");
        let explanation =
            explain::explain(&path, explain::find(&manifest, &path).expect("a method"), caller, vec![name.to_owned()]);
        explanations.extend([explain::Format::Json, explain::Format::Text].map(|format| format.print(&explanation)));
    }
    explanations
}

fn matrices(name: &str) -> Vec<String> {
    use matrix::Format::{Csv, Html, Json, Markdown, Text};
    let matrix = matrix::Matrix::new(&manifest(name));
    let csv = Csv.print(&matrix).replace("\r\n", "\n");
    [Html, Json, Markdown, Text].map(|format| format.print(&matrix)).into_iter().chain([csv]).collect()
}

fn comparisons(name: &str) -> Vec<String> {
    use diff::Format::{Github, Json, Markdown, Sarif, Text};
    let (old, new) = (Manifest::default(), manifest(name));
    let changes = diff::compare(&old, &new);
    let allowed = Allowed::parse(&format!("shop.v1.Orders/Get # {}", name.replace('\n', ""))).expect("an allow file");
    let findings = diff::check(&[Check::NewAccess, Check::Role(name.to_owned())], &changes, &new, &allowed);
    assert!(!findings.is_empty());
    [Github, Json, Markdown, Sarif, Text].map(|format| format.print(&changes, &findings, &allowed)).to_vec()
}

fn usages(name: &str) -> Vec<String> {
    let manifest = manifest(name);
    let mut tally = Tally::new(&manifest);
    let (time, method) = ("2026-05-01T10:00:00.000Z", format!("/{name}/Get"));
    let admitted = json!({ "time": time, "method": method, "authorized": true, "issuer": name, "subject": name });
    let refused = json!({ "time": time, "method": method, "authorized": false, "reason": name });
    tally.read(format!("{admitted}\n{refused}\n").as_bytes(), |_| {}).expect("a log");
    let usage = Usage::new(&manifest, tally);
    [usage::Format::Json, usage::Format::Text].map(|format| format.print(&usage)).to_vec()
}

fn annotations(name: &str) -> Vec<String> {
    let at = Location::file(name);
    let annotation = [Annotation { rule: name, severity: Severity::Error, message: name, at: &at }];
    vec![github::commands(&annotation), sarif::log(&annotation)]
}

#[test]
fn names_are_escaped_in_every_format_of_every_report() {
    for reports in [explanations, matrices, comparisons, usages, annotations] {
        for (forged, plain) in reports(FORGED).iter().zip(reports("x")) {
            assert!(!forged.contains(|letter| letter != '\n' && is_invisible(letter)), "{forged:?}");
            assert_eq!(forged.lines().count(), plain.lines().count(), "{forged}");
        }
    }
}

#[test]
fn json_has_the_names_as_they_are() {
    let explanation = explanations(FORGED);
    let json = serde_json::from_str::<serde_json::Value>(&explanation[0]).expect("JSON");
    assert_eq!(json["caller"]["principal"]["actor"], FORGED);
}
