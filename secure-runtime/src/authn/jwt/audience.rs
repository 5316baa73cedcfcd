use std::fmt;

use super::claims::Claims;
use super::string_or_uri::{self, NotStringOrUri};

/// The names under which tokens are meant for this service (RFC 7519, section 4.1.3). A token must have one of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Audience(Vec<String>);

impl Audience {
    /// An audience with one name.
    ///
    /// # Errors
    ///
    /// The name is not a StringOrURI.
    pub fn new(name: impl Into<String>) -> Result<Self, NotStringOrUri> {
        Self::any_of([name])
    }

    /// An audience with several names, for an issuer that calls this service by several. A token needs one of them.
    ///
    /// Every name gives the same access. For different roles per name, trust the issuer several times, each
    /// [`Trust`](super::Trust) with an audience and grants of its own.
    ///
    /// # Errors
    ///
    /// There is no name, or one is not a StringOrURI.
    pub fn any_of(names: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, NotStringOrUri> {
        let names: Vec<_> =
            names.into_iter().map(|name| string_or_uri::parse(name.into())).collect::<Result<_, _>>()?;
        if names.is_empty() { Err(NotStringOrUri::Empty) } else { Ok(Self(names)) }
    }

    /// The names, as they are compared.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().any(|name| other.0.contains(name))
    }

    /// Whether `claim` has one of the names, and `aud` too if it is there.
    pub(super) fn is_named_by(&self, claims: &Claims, claim: &str) -> bool {
        let is_in_aud = |name: &str| claims.get(AUD).is_none() || claims.lists(AUD, name);
        self.names().any(|name| claims.lists(claim, name) && is_in_aud(name))
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

/// The standard claim of the audience.
pub(super) const AUD: &str = "aud";
