//! A comparison in the formats that people and tools read.

use std::fmt::Write;
use std::str::FromStr;

use super::super::annotation::Annotation;
use super::super::{choice, github, json, sarif, sentence, table};
use super::{Allowed, Change, ChangeKind, Finding};
use crate::diagnostic::{Severity, visible};
use crate::manifest::Rule;

/// How a comparison is printed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Format {
    /// Workflow commands of GitHub Actions: each becomes an annotation at its line.
    Github,
    Json,
    /// A comment on a pull request.
    Markdown,
    Sarif,
    #[default]
    Text,
}

impl Format {
    pub(crate) fn print(self, changes: &[Change], findings: &[Finding], allowed: &Allowed) -> String {
        match self {
            Self::Github => annotations(findings, github::commands),
            Self::Json => json::text(&serde_json::json!({ "changes": changes, "findings": findings })),
            Self::Markdown => markdown(changes, findings),
            Self::Sarif => annotations(findings, sarif::log),
            Self::Text => text(changes, findings, allowed),
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = [
            ("github", Self::Github),
            ("json", Self::Json),
            ("markdown", Self::Markdown),
            ("sarif", Self::Sarif),
            ("text", Self::Text),
        ];
        choice("format", name, &known)
    }
}

fn text(changes: &[Change], findings: &[Finding], allowed: &Allowed) -> String {
    let mut text = String::new();
    for change in changes {
        line(&mut text, &format!("{}: {} {}", change.at, change.kind.name(), change.method));
        for (what, value) in lines(change) {
            line(&mut text, &format!("  {what:8} {value}"));
        }
        if let Some(reason) = allowed.reason(&change.method) {
            line(&mut text, &format!("  {:8} {reason}", "allowed:"));
        }
    }
    let changed = |method: &&str| changes.iter().any(|change| change.method == *method);
    for unused in allowed.methods().filter(|method| !changed(method)) {
        line(&mut text, &format!("allowed, and not changed: {unused}"));
    }
    text += &verdict(changes, findings);
    text
}

fn line(text: &mut String, line: &str) {
    let _ = writeln!(text, "{}", visible(line));
}

fn lines(change: &Change) -> Vec<(&'static str, String)> {
    let Change { old, new, admits, refuses, sensitive_roles, .. } = change;
    let rules = [("was:", old), ("now:", new)];
    let rules = rules.into_iter().filter_map(|(what, rule)| Some((what, sentence::rule(rule.as_ref()?))));
    let callers = [("admits:", admits), ("refuses:", refuses)];
    let callers = callers.into_iter().filter_map(|(what, caller)| Some((what, sentence::caller(caller.as_ref()?))));
    let sensitive =
        sensitive_roles.iter().map(|role| ("role:", format!("{role} is sensitive, and its holders may call now")));
    rules.chain(callers).chain(sensitive).collect()
}

/// What a script does not read.
fn verdict(changes: &[Change], findings: &[Finding]) -> String {
    let counts = ChangeKind::ALL.map(|kind| (kind, changes.iter().filter(|change| change.kind == kind).count()));
    let counts = counts.iter().filter(|(_, count)| *count > 0).map(|(kind, count)| format!("{count} {}", kind.name()));
    let summary = match counts.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "nobody gained or lost access".to_owned(),
        counts => counts,
    };
    let mut verdict = format!("{summary}\n");
    for finding in findings {
        line(&mut verdict, &format!("{}: error[{}]: {}", finding.at, finding.check, finding.message));
    }
    verdict
}

fn markdown(changes: &[Change], findings: &[Finding]) -> String {
    if changes.is_empty() && findings.is_empty() {
        return "No rule means anything else.\n".to_owned();
    }
    let mut text = String::new();
    for kind in ChangeKind::ALL {
        let of_kind = changes.iter().filter(|change| change.kind == kind).map(row).collect::<Vec<_>>();
        if !of_kind.is_empty() {
            let head = ["Method", "Was", "Now", "Admits now", "Refuses now"].map(str::to_owned).to_vec();
            let rows = [head].into_iter().chain(of_kind).collect::<Vec<_>>();
            let _ = write!(text, "### {} {}\n\n{}\n", rows.len() - 1, kind.name(), table::markdown(&rows));
        }
    }
    if !findings.is_empty() {
        text += "### Refused by a check\n\n";
    }
    for finding in findings {
        let at = finding.at.to_string();
        let [check, at, message] = [&finding.check, &at, &finding.message].map(|part| table::markdown_cell(part));
        let _ = writeln!(text, "- {check} at {at}: {message}");
    }
    text
}

fn row(change: &Change) -> Vec<String> {
    let rule = |rule: &Option<Rule>| rule.as_ref().map(sentence::rule).unwrap_or_default();
    let caller = |caller: &Option<_>| caller.as_ref().map(sentence::caller).unwrap_or_default();
    let Change { method, old, new, admits, refuses, sensitive_roles, .. } = change;
    let sensitive = sensitive_roles.iter().map(|role| format!("; sensitive role {role}")).collect::<String>();
    vec![method.clone(), rule(old), rule(new), caller(admits) + &sensitive, caller(refuses)]
}

fn annotations(findings: &[Finding], print: fn(&[Annotation<'_>]) -> String) -> String {
    let annotations = findings.iter().map(|finding| Annotation {
        rule: &finding.check,
        severity: Severity::Error,
        message: &finding.message,
        at: &finding.at,
    });
    print(&annotations.collect::<Vec<_>>())
}
