//! What a command returns.

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
