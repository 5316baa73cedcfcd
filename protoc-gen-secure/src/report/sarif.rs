//! SARIF 2.1.0, as code scanning of GitHub and others reads it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::annotation::Annotation;
use super::json::text;

/// A log with these results.
pub(crate) fn log(findings: &[Annotation<'_>]) -> String {
    let rules = findings.iter().map(|finding| finding.rule).collect::<BTreeSet<_>>();
    let rules = rules.into_iter().map(|rule| json!({ "id": rule })).collect::<Vec<_>>();
    let driver = json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION"), "rules": rules });
    let results = findings.iter().map(result).collect::<Vec<_>>();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{ "tool": { "driver": driver }, "results": results }],
    });
    text(&log)
}

fn result(Annotation { rule, severity, message, at }: &Annotation<'_>) -> Value {
    let mut place = json!({ "artifactLocation": { "uri": at.file } });
    if let Some((line, column)) = at.position {
        place["region"] = json!({ "startLine": line, "startColumn": column });
    }
    json!({
        "ruleId": rule,
        "level": severity.name(),
        "message": { "text": message },
        "locations": [{ "physicalLocation": place }],
    })
}
