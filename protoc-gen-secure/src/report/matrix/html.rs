//! A matrix as one HTML page: data, and a script that shows it. It loads nothing.

use serde_json::json;

use super::Matrix;

/// The data is JSON that cannot end its element. The script writes it as text, so no name of a schema is markup.
pub(super) fn page(matrix: &Matrix) -> String {
    let Matrix { methods, roles, hidden } = matrix;
    let data = json!({ "methods": methods, "roles": roles, "hidden": hidden });
    let data = data.to_string().replace('<', "\\u003c");
    PAGE.replace("{{STYLE}}", STYLE).replace("{{SCRIPT}}", SCRIPT).replace("{{DATA}}", &data)
}

const PAGE: &str = include_str!("page.html");

const SCRIPT: &str = include_str!("page.js");

const STYLE: &str = include_str!("page.css");
