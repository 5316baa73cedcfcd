//! A matrix in the formats that people and tools read.

use std::str::FromStr;

use super::super::{choice, json, table};
use super::{Cell, Column, Matrix, Row, html};

/// How a matrix is printed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Format {
    /// RFC 4180, for spreadsheets.
    Csv,
    /// One page that needs no network.
    Html,
    Json,
    Markdown,
    #[default]
    Text,
}

impl Format {
    pub(crate) fn print(self, matrix: &Matrix) -> String {
        match self {
            Self::Csv => table::csv(&rows(matrix, "no")),
            Self::Html => html::page(matrix),
            Self::Json => json::text(&serde_json::json!(matrix)),
            Self::Markdown => table::markdown(&rows(matrix, "-")),
            Self::Text => table::text(&rows(matrix, "-")),
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = [
            ("csv", Self::Csv),
            ("html", Self::Html),
            ("json", Self::Json),
            ("markdown", Self::Markdown),
            ("text", Self::Text),
        ];
        choice("format", name, &known)
    }
}

/// A head and a row for each method; `no` stands where a role has no access.
fn rows(matrix: &Matrix, no: &str) -> Vec<Vec<String>> {
    let [start, end] = [["method", "access"].as_slice(), &["conditions", "declared at", "notes"]]
        .map(|names| names.iter().copied().map(str::to_owned));
    let head = start.chain(matrix.roles.iter().map(title)).chain(end).collect();
    [head].into_iter().chain(matrix.methods.iter().map(|it| row(it, &matrix.roles, no))).collect()
}

fn title(role: &Column) -> String {
    if role.sensitive { format!("{} (sensitive)", role.name) } else { role.name.clone() }
}

fn row(row: &Row, roles: &[Column], no: &str) -> Vec<String> {
    let cells = roles.iter().map(|role| match row.cell(&role.name) {
        Cell::Yes => "yes".to_owned(),
        Cell::Narrowed => "if".to_owned(),
        Cell::No => no.to_owned(),
    });
    let start = [row.full_name(), row.exposure.name().to_owned()];
    let reason = row.public_reason.iter().map(|reason| format!("public: {reason}"));
    let notes = reason.chain(row.description.clone()).collect::<Vec<_>>();
    let end = [row.conditions.join("; "), row.declared_at.to_string(), notes.join("; ")];
    start.into_iter().chain(cells).chain(end).collect()
}
