//! SARIF 2.1.0, as code scanning of GitHub and others reads it.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::annotation::Annotation;
use super::json::text;
use crate::diagnostic::Lint;

/// All bytes but those of RFC 3986's unreserved characters, and the slash.
const OUTSIDE_OF_PATHS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'/').remove(b'_').remove(b'~');

/// A log with these results.
pub(crate) fn log(findings: &[Annotation<'_>]) -> String {
    let rules = findings.iter().map(|finding| finding.rule).collect::<BTreeSet<_>>();
    let rules = rules.into_iter().map(rule).collect::<Vec<_>>();
    let driver = json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION"), "rules": rules });
    let results = findings.iter().map(result).collect::<Vec<_>>();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{ "tool": { "driver": driver }, "results": results }],
    });
    text(&log)
}

/// A lint says what it means. The name of a check says it already.
fn rule(name: &str) -> Value {
    match Lint::all().find(|lint| lint.name() == name) {
        Some(lint) => {
            json!({ "id": name, "shortDescription": { "text": lint.summary() }, "help": { "text": lint.explanation() } })
        }
        None => json!({ "id": name }),
    }
}

fn result(Annotation { rule, severity, message, at }: &Annotation<'_>) -> Value {
    let mut place = json!({ "artifactLocation": { "uri": uri(&at.file) } });
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

/// A path as a reference of RFC 3986.
fn uri(path: &str) -> String {
    utf8_percent_encode(path, OUTSIDE_OF_PATHS).to_string()
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn path_with_special_characters_is_percent_encoded() {
        for (path, expected) in [
            ("proto/shop-v1/orders_v1.~proto", "proto/shop-v1/orders_v1.~proto"),
            ("sp ace/a.proto", "sp%20ace/a.proto"),
            ("a#b?c:d%e.proto", "a%23b%3Fc%3Ad%25e.proto"),
            ("ü.proto", "%C3%BC.proto"),
        ] {
            assert_eq!(uri(path), expected);
        }
    }
}
