//! JSON for programs that a terminal can show, too.

use std::fmt::Write;

use serde::Serialize;

use crate::diagnostic::is_invisible;

/// One member a line, and a line feed at the end.
pub(crate) fn text(value: &impl Serialize) -> String {
    visible(serde_json::to_string_pretty(value).expect("names are strings")) + "\n"
}

/// The same JSON with an escape for each character that nobody sees. Outside of strings, JSON has none but line feeds.
pub(crate) fn visible(json: String) -> String {
    let is_escaped = |letter: char| letter != '\n' && is_invisible(letter);
    if !json.contains(is_escaped) {
        return json;
    }
    let mut text = String::new();
    for letter in json.chars() {
        match is_escaped(letter) {
            true => letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| _ = write!(text, "\\u{unit:04x}")),
            false => text.push(letter),
        }
    }
    text
}
