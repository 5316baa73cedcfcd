//! The output of a command, and messages on stderr.

use std::fmt::Display;
use std::io::{self, Write as _};

/// What the binary prints on stdout, and how it ends.
#[derive(Debug)]
#[non_exhaustive]
pub struct Printed {
    /// The text.
    pub text: String,
    /// True if the command found something that it was asked to look for.
    pub is_failure: bool,
}

impl From<String> for Printed {
    fn from(text: String) -> Self {
        Self { text, is_failure: false }
    }
}

/// Prints a line on stderr. A reader that has closed it is no error.
pub(super) fn say(line: impl Display) {
    _ = writeln!(io::stderr(), "{line}");
}

pub(super) fn note(text: impl Display) {
    say(format_args!("protoc-gen-secure: note: {text}"));
}
