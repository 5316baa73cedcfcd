use std::fmt;

use super::string_or_uri::{self, NotStringOrUri};

/// The name under which tokens are meant for this service (RFC 7519, section 4.1.3).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Audience(String);

impl Audience {
    /// Names the audience.
    ///
    /// # Errors
    ///
    /// If the name is no StringOrURI.
    pub fn new(name: impl Into<String>) -> Result<Self, NotStringOrUri> {
        string_or_uri::parse(name.into()).map(Self)
    }

    /// The name, as it is compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
