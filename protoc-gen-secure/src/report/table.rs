//! Tables as text, Markdown and CSV.

use std::borrow::Cow;
use std::fmt::Write;

use crate::diagnostic::visible;

/// Columns of equal width, for a terminal.
pub(crate) fn text(rows: &[Vec<String>]) -> String {
    let rows = rows.iter().map(|row| row.iter().map(|cell| visible(cell)).collect::<Vec<_>>()).collect::<Vec<_>>();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths = (0..columns).map(width).collect::<Vec<_>>();
    let line = |row: &Vec<Cow<'_, str>>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// A table of GitHub Flavored Markdown. The first row is its head.
pub(crate) fn markdown(rows: &[Vec<String>]) -> String {
    let line = |row: &Vec<String>| {
        let cells = row.iter().map(|cell| markdown_cell(cell)).collect::<Vec<_>>();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut table = String::new();
    for (index, row) in rows.iter().enumerate() {
        table += &line(row);
        if index == 0 {
            let _ = writeln!(table, "|{}", "---|".repeat(row.len()));
        }
    }
    table
}

/// Names come from schemas: none of them may end a cell, begin an element or mention somebody.
pub(crate) fn markdown_cell(text: &str) -> String {
    let mut cell = String::new();
    let mut is_word = false;
    for letter in visible(text).chars() {
        match letter {
            '@' if !is_word => cell += AT,
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' | '~' => cell.extend(['\\', letter]),
            '<' => cell += "&lt;",
            '>' => cell += "&gt;",
            '&' => cell += "&amp;",
            letter => cell.push(letter),
        }
        is_word = letter.is_ascii_alphanumeric();
    }
    cell
}

/// With a zero-width space, so that GitHub and GitLab notify nobody. They also notify for `\@` and `&#64;`.
const AT: &str = "@&#8203;";

/// RFC 4180. A cell that a spreadsheet would take for a formula starts with an apostrophe.
pub(crate) fn csv(rows: &[Vec<String>]) -> String {
    let line =
        |row: &Vec<String>| format!("{}\r\n", row.iter().map(|cell| csv_cell(cell)).collect::<Vec<_>>().join(","));
    rows.iter().map(line).collect()
}

fn csv_cell(text: &str) -> String {
    let text = visible(text);
    let is_formula = text.starts_with(['=', '+', '-', '@']);
    let text = if is_formula { Cow::Owned(format!("'{text}")) } else { text };
    match text.contains([',', '"']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.into_owned(),
    }
}
