//! `findings.json` and `manifests.json`: the findings and the manifest of the generator for a schema.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::generator::{Output, generate, rules};
use crate::vectors::{self, Files};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Findings {
    name: String,
    files: Files,
    #[serde(default)]
    errors: BTreeSet<String>,
    #[serde(default)]
    warnings: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifests {
    name: String,
    files: Files,
    manifest: Value,
}

fn run(files: &Files) -> Output {
    let files = files.iter().map(|(name, lines)| (name.as_str(), lines.join("\n"))).collect::<Vec<_>>();
    generate(&files.iter().map(|(name, text)| (*name, text.as_str())).collect::<Vec<_>>())
}

#[test]
fn every_vector_has_exactly_its_findings() {
    let all = vectors::read::<Findings>("findings.json");
    vectors::differ(all.iter().map(|vector| vector.name.as_str()));
    let mut wrong = Vec::new();
    for Findings { name, files, errors, warnings } in all {
        let output = run(&files);
        if (&output.errors, &output.warnings) != (&errors, &warnings) {
            wrong.push(format!("{name}: {:?}, {:?}", output.errors, output.warnings));
        }
        assert_eq!(output.files == 0, !errors.is_empty(), "{name}: what is refused generates nothing");
    }
    assert!(wrong.is_empty(), "other findings than expected:\n{}", wrong.join("\n"));
}

#[test]
fn every_rule_of_the_manual_has_a_vector() {
    let lines = include_str!("../../../protoc-gen-secure/src/lints.md").lines();
    let rules = lines.filter_map(|line| line.strip_prefix("## ")).filter(|rule| !BUILD_SCRIPTS.contains(rule));
    let all = vectors::read::<Findings>("findings.json");
    let found = all.iter().flat_map(|vector| vector.errors.iter().chain(&vector.warnings)).map(String::as_str);
    assert_eq!(found.collect::<BTreeSet<_>>(), rules.collect());
}

#[test]
fn every_vector_generates_its_manifest_and_digest() {
    let all = vectors::read::<Manifests>("manifests.json");
    vectors::differ(all.iter().map(|vector| vector.name.as_str()));
    for Manifests { name, files, manifest } in all {
        let output = run(&files);
        assert_eq!(output.errors, BTreeSet::new(), "{name}");
        let found = serde_json::to_string_pretty(&output.manifest).unwrap();
        assert_eq!(output.manifest, manifest, "{name}: {found}");
        for (service, entry) in manifest["services"].as_object().unwrap() {
            assert_eq!(entry["digest"], digest(&rules(service, entry)), "{name}");
        }
    }
}

/// By the words of the README: members in the order of their bytes, no blanks.
pub(crate) fn digest(manifest: &Value) -> String {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(canonical(manifest));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name, canonical(value))).collect::<BTreeMap<_, _>>();
            let members = members.into_iter().map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        scalar => scalar.to_string(),
    }
}

/// A rule that no schema triggers in a request: what is found while messages are made.
const BUILD_SCRIPTS: [&str; 2] = ["invalid-option", "unsupported-edition"];
