//! A matrix as one HTML page: data, and a script that shows it. It loads nothing.

use super::super::json;
use super::{Matrix, Row};
use serde::Serialize;

/// The data is JSON that cannot end its element. The script writes it as text, so no name of a schema is markup.
pub(super) fn page(matrix: &Matrix) -> String {
    let Matrix { methods, roles, hidden } = matrix;
    let methods = methods.iter().map(|row| PageRow { row, narrowed: row.rule.is_narrowed() }).collect::<Vec<_>>();
    let data = serde_json::json!({ "methods": methods, "roles": roles, "hidden": hidden });
    let data = json::visible(data.to_string()).replace('<', "\\u003c");
    PAGE.replace("{{STYLE}}", STYLE).replace("{{SCRIPT}}", SCRIPT).replace("{{DATA}}", &data)
}

/// What the script shows of a method. The script does not judge rules by their conditions: some of them widen.
#[derive(Serialize)]
struct PageRow<'a> {
    #[serde(flatten)]
    row: &'a Row,
    narrowed: bool,
}

const PAGE: &str = include_str!("page.html");

const SCRIPT: &str = include_str!("page.js");

const STYLE: &str = include_str!("page.css");
