//! `invalid-text`: what a schema says to the people who review it.

use crate::diagnostic::{Diagnostics, Lint, Location, Refused, is_invisible};

/// Refuses a text that is not a visible sentence of a reasonable length. `what` is such as "the description of `Get`".
pub(super) fn read(
    text: Option<&str>,
    what: impl Fn() -> String,
    at: &Location,
    found: &mut Diagnostics,
) -> Result<Option<String>, Refused> {
    let Some(text) = text else { return Ok(None) };
    match problem(text) {
        None => Ok(Some(text.to_owned())),
        Some(problem) => Err(found.error(Lint::InvalidText, at, format!("{} {problem}", what()), HELP)),
    }
}

fn problem(text: &str) -> Option<&'static str> {
    if text.trim() != text {
        return Some("starts or ends with a blank");
    }
    if text.chars().any(is_invisible) {
        return Some("contains a line break or an invisible character");
    }
    (text.len() > MAX_BYTES).then_some("is longer than 500 bytes")
}

const MAX_BYTES: usize = 500;

const HELP: &str = "write 1 to 500 bytes of visible text on one line";
