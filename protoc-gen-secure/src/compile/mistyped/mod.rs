//! `invalid-option`: options of the schema with a word that the schema does not have.
//!
//! A compiler stops at such an option, before any rule is read, and its message names neither the word nor what was meant.
//! So after a compiler failed, the text of the file is read again and compared with the schema:
//!
//! 1. `tokens` splits the text into words.
//! 2. `statements` finds imports, options and the places that options are written at.
//! 3. `name` and `value` compare an option with the schema.

mod field;
mod name;
mod statements;
mod tokens;
mod value;

use std::fmt;

use crate::diagnostic::{Diagnostics, Lint, Location};
pub(crate) use tokens::{Token, tokens};

/// The mistakes in one file. The message of the compiler decides whether a name that the schema does not have is another
/// schema's.
///
/// # Errors
///
/// One finding for each mistake.
pub(super) fn check(file: &str, text: &str, message: &str) -> Result<(), Diagnostics> {
    let tokens = tokens(text);
    let mut findings = Findings { file, message, found: Diagnostics::default() };
    statements::check(&tokens, &mut findings);
    findings.found.gate(())
}

/// The findings about one file, and what the compiler says about it.
struct Findings<'a> {
    file: &'a str,
    message: &'a str,
    found: Diagnostics,
}

impl Findings<'_> {
    fn report(&mut self, token: Token<'_>, message: impl fmt::Display, help: impl Into<String>) {
        let at = Location { file: self.file.to_owned(), position: Some(token.position) };
        self.found.error(Lint::InvalidOption, &at, message.to_string(), help);
    }

    /// True if the compiler took this name for one of another package, which ends in the first word of the name.
    fn is_shadowed(&self, name: &str) -> bool {
        let is_meant = |line: &str| line.contains(&format!("{}:", self.file)) && line.contains(name);
        let mut lines = self.message.lines().filter(|line| is_meant(line));
        lines.any(|line| ["resolves to", "is resolved to"].iter().any(|verb| line.contains(verb)))
    }

    /// True if the compiler's message is about this name: `'NAME'` in protox, `"NAME"` or `"(NAME)"` in protoc.
    fn is_about(&self, name: &str) -> bool {
        [format!("'{name}'"), format!("\"{name}\""), format!("({name})")]
            .iter()
            .any(|quoted| self.message.contains(quoted))
    }
}

#[cfg(test)]
mod tests;
