//! The output of a command, and messages on stderr.

use std::fmt::Display;
use std::io::{self, Write as _};

use crate::diagnostic::visible;

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

/// Prints lines on stderr, with escapes for characters that nobody sees. A reader that has closed it is no error.
pub fn say(lines: impl Display) {
    for line in lines.to_string().lines() {
        _ = writeln!(io::stderr(), "{}", visible(line));
    }
}

pub(super) fn note(text: impl Display) {
    say(format_args!("protoc-gen-secure: note: {text}"));
}
