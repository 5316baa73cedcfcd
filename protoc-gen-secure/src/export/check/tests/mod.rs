//! Drift of what is deployed.

mod envoy;
mod files;
mod kubernetes;

use std::collections::BTreeMap;

use serde_json::Value;

use super::check;
use crate::export::tests::{manifest, rule, texts};
use crate::export::{Allowed, Export, Format, Settings, TargetName, export};

const TOKENS: &str =
    r#"tokens: { issuer: "https://id.example.com", audience: orders, jwks_uri: "https://id.example.com/keys" }"#;

fn exported(target: TargetName, settings: &str, methods: &str) -> Export {
    let settings = Settings::parse(settings).expect("settings");
    export(target, manifest(methods), &settings, Allowed::default()).expect("an export")
}

/// The one document of an export.
fn document(export: &Export) -> Value {
    let text = texts(export, Format::Json).into_values().next().expect("a file");
    serde_json::from_str(&text).expect("JSON")
}

/// The drift of files with these documents.
fn drifts(export: &Export, documents: &[&Value]) -> Vec<String> {
    let files = documents.iter().enumerate().map(|(index, it)| (format!("{index}.json"), it.to_string()));
    let drifts = check(export, &files.collect::<BTreeMap<_, _>>()).expect("documents");
    drifts.iter().map(ToString::to_string).collect()
}
