//! `export --check`: whether what is deployed is what the rules say.
//!
//! Policies are compared one by one, by name, so that each difference is about a method. A dump of a running Envoy is
//! searched for its filters wherever they are.

mod envoy;
mod kubernetes;
mod value;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::{Content, Export, ExportError, Format, document};

/// One difference between an export and what is deployed.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Drift {
    kind: Kind,
    /// The policy, object or file.
    subject: String,
}

/// What is different.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Kind {
    /// It is deployed, and says something else.
    Differs,
    /// It is not deployed.
    Missing,
    /// A route or a filter is exempt from the rules.
    Override,
    /// It is deployed, and no rule asks for it.
    Unknown,
}

impl Drift {
    fn new(kind: Kind, subject: impl Into<String>) -> Self {
        Self { kind, subject: subject.into() }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, subject } = self;
        match kind {
            Kind::Differs => write!(f, "drift[differs]: `{subject}` is not as the rules say"),
            Kind::Missing => write!(f, "drift[missing]: `{subject}` is not deployed"),
            Kind::Override => write!(f, "drift[override]: `{subject}` exempts calls from the rules"),
            Kind::Unknown => write!(f, "drift[unknown]: `{subject}` is deployed, and no rule asks for it"),
        }
    }
}

/// What differs between an export and deployed files, given by name with their text. A dump of Envoy may have any name.
///
/// # Errors
///
/// If a deployed file is neither YAML nor JSON where it should be.
pub(crate) fn check(export: &Export, deployed: &BTreeMap<String, String>) -> Result<Vec<Drift>, ExportError> {
    let mut drifts = Vec::new();
    for file in &export.files {
        match &file.content {
            Content::Documents(documents) => drifts.extend(check_documents(documents, deployed)?),
            Content::Json(_) | Content::Text(_) => {
                let (name, text) = file.to_text(Format::Json)?;
                drifts.extend(check_file(&name, &text, deployed));
            }
        }
    }
    drifts.extend(unknown_files(export, deployed));
    drifts.sort();
    drifts.dedup();
    Ok(drifts)
}

/// Files that an engine would read beside those of the export. One more policy, or other data for it, may admit more.
///
/// An engine that reads a directory of texts reads every file of such a kind. Documents are compared one by one instead, and
/// gRPC reads one file.
fn unknown_files(export: &Export, deployed: &BTreeMap<String, String>) -> Vec<Drift> {
    if !export.files.iter().any(|file| matches!(file.content, Content::Text(_))) {
        return Vec::new();
    }
    let expected = export.files.iter().map(|file| file.name).collect::<BTreeSet<_>>();
    let is_read = |name: &str| name.rsplit_once('.').is_some_and(|(_, extension)| READ_BY_ENGINES.contains(&extension));
    let unknown = deployed.keys().filter(|name| is_read(name) && !expected.contains(name.as_str()));
    unknown.map(|name| Drift::new(Kind::Unknown, name)).collect()
}

/// Policies and data of OPA and Cedar, by the ends of their names.
const READ_BY_ENGINES: [&str; 6] = ["cedar", "cedarschema", "json", "rego", "yaml", "yml"];

fn check_file(name: &str, text: &str, deployed: &BTreeMap<String, String>) -> Option<Drift> {
    let Some(found) = deployed.get(name) else { return Some(Drift::new(Kind::Missing, name)) };
    let json = |text| serde_json::from_str::<Value>(text).ok();
    let is_equal = found == text || json(found).zip(json(text)).is_some_and(|(found, expected)| found == expected);
    (!is_equal).then(|| Drift::new(Kind::Differs, name))
}

fn check_documents(documents: &[Value], deployed: &BTreeMap<String, String>) -> Result<Vec<Drift>, ExportError> {
    let mut found = Vec::new();
    for text in deployed.values() {
        found.extend(document::parse(text)?);
    }
    match documents.iter().any(|document| document.get("apiVersion").is_some()) {
        true => Ok(kubernetes::check(documents, &found)),
        false => Ok(envoy::check(documents, &found)),
    }
}
