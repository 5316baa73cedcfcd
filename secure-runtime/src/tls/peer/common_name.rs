//! The common name of a subject.

use std::fmt;
use std::str::FromStr;

use super::NotPeerName;

/// The common name of a subject: 1 to 64 printable ASCII characters (RFC 5280, appendix A.1), without blanks around them.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct CommonName(String);

impl CommonName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CommonName {
    type Err = NotPeerName;

    fn from_str(text: &str) -> Result<Self, NotPeerName> {
        let is_printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        match (1..=64).contains(&text.len()) && is_printable && text.trim() == text {
            true => Ok(Self(text.to_owned())),
            false => Err(NotPeerName::CommonName),
        }
    }
}

impl fmt::Display for CommonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
