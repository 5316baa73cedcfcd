//! The report as text for people, or as JSON.

use std::fmt::Write;
use std::str::FromStr;

use super::findings::{PrincipalMethods, PrincipalUse, Usage};
use crate::diagnostic::visible;
use crate::report::{choice, json, table};

/// How the report is printed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Format {
    Json,
    #[default]
    Text,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = [("json", Self::Json), ("text", Self::Text)];
        choice("format", name, &known)
    }
}

impl Format {
    pub(crate) fn print(self, usage: &Usage) -> String {
        match self {
            Self::Json => json::text(usage),
            Self::Text => text(usage),
        }
    }
}

fn text(usage: &Usage) -> String {
    let mut text = head(usage);
    list(&mut text, "Methods without an admitted call", &usage.methods_not_called);
    list(
        &mut text,
        "Methods whose admitted calls are not recorded, so nothing is known of them",
        &usage.methods_not_recorded,
    );
    list(&mut text, "Roles that no admitted call needed", &usage.roles_not_needed);
    let principals = usage.principals_with_more.iter().take(MAX_PRINCIPALS).map(|principal| {
        let PrincipalMethods { called, not_called } = &*principal.methods;
        let of = called.len() + not_called.len();
        let PrincipalUse { issuer, subject, .. } = principal;
        format!("{issuer}#{subject}  calls {} of {of}, not {}", called.len(), not_called.join(" "))
    });
    list(&mut text, "Principals that may call more than they called", &principals.collect::<Vec<_>>());
    let refusals = usage.refusals.iter().map(|refusals| {
        let methods = refusals.methods.iter().map(|(method, calls)| format!("{method} {calls}"));
        vec![refusals.reason.clone(), refusals.calls.to_string(), methods.collect::<Vec<_>>().join(", ")]
    });
    let refusals = table::text(&refusals.collect::<Vec<_>>());
    list(&mut text, "Refusals by reason", &refusals.lines().map(str::to_owned).collect::<Vec<_>>());
    text
}

/// The window and the coverage come first: nothing below is true beyond them.
fn head(usage: &Usage) -> String {
    let (window, coverage) = (&usage.window, &usage.coverage);
    let seen = &coverage.seen;
    let time = |time: &Option<String>| time.clone().unwrap_or_else(|| "no line".to_owned());
    let mut text = format!("Window: {} to {}\n", time(&window.from), time(&window.to));
    let completeness = match coverage.is_complete {
        true => "no line is known to be missing",
        false => "INCOMPLETE: what is missing here may be in use",
    };
    let _ = writeln!(
        text,
        "Coverage: {completeness}. {} lines: {} admitted, {} refused ({} of them passed by report-only); {} dropped by the \
         log, {} unreadable, {} calls of other methods, {} calls of principals that were not counted",
        seen.lines,
        seen.admitted,
        seen.refused,
        seen.passed_by_report_only,
        seen.dropped,
        seen.unreadable,
        seen.of_other_methods,
        seen.of_principals_not_counted,
    );
    text.push_str("A method or role that is not used in this window may be needed outside it.\n");
    text
}

fn list(text: &mut String, title: &str, items: &[String]) {
    let _ = writeln!(text, "\n{title}: {}", items.len());
    for item in items {
        let _ = writeln!(text, "  {}", visible(item));
    }
}

/// Longer lists are for programs: JSON has all.
const MAX_PRINCIPALS: usize = 100;
