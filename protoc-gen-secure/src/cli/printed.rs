//! What a command returns, and what it says beside that.

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

/// Says something about what is printed, on stderr. Nobody may read it.
pub(super) fn note(text: impl Display) {
    _ = writeln!(io::stderr(), "protoc-gen-secure: note: {text}");
}
