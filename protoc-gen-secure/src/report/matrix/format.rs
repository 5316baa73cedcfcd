//! A matrix in the formats that people and tools read.

use std::str::FromStr;

use super::super::table;
use super::{Cell, Matrix, Row, html};

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
            Self::Json => format!("{:#}\n", serde_json::json!(matrix)),
            Self::Markdown => table::markdown(&rows(matrix, "-")),
            Self::Text => table::text(&rows(matrix, "-")),
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "csv" => Ok(Self::Csv),
            "html" => Ok(Self::Html),
            "json" => Ok(Self::Json),
            "markdown" => Ok(Self::Markdown),
            "text" => Ok(Self::Text),
            _ => Err(format!("there is no format `{text}`; known are `csv`, `html`, `json`, `markdown` and `text`")),
        }
    }
}

/// A head and a row for each method; `no` stands where a role has no access.
fn rows(matrix: &Matrix, no: &str) -> Vec<Vec<String>> {
    let head = ["method", "access"].into_iter().chain(matrix.roles.iter().map(String::as_str));
    let head = head.chain(["conditions", "declared at"]).map(str::to_owned).collect();
    [head].into_iter().chain(matrix.methods.iter().map(|it| row(it, &matrix.roles, no))).collect()
}

fn row(row: &Row, roles: &[String], no: &str) -> Vec<String> {
    let cells = roles.iter().map(|role| match row.cell(role) {
        Cell::Yes => "yes".to_owned(),
        Cell::Narrowed => "if".to_owned(),
        Cell::No => no.to_owned(),
    });
    let start = [row.full_name(), row.exposure.name().to_owned()];
    let end = [row.conditions.join("; "), row.declared_at.to_string()];
    start.into_iter().chain(cells).chain(end).collect()
}
