//! The claim that names the caller.

use std::borrow::Cow;

use serde_json::Value;

use super::claims::Claims;
use super::reason;
use crate::authn::Rejection;
use crate::invisible::is_invisible;
use crate::json;

/// A claim that names the caller of a token: `sub`, or another one for tokens that have none.
///
/// The path is one name for a claim, and several names for a member of an object in it. The claim must be a string that
/// is not empty. Blanks, control characters, invisible characters and characters that change the direction of text are
/// refused. With them, two subjects that look alike would be two callers.
///
/// ```
/// use secure_runtime::authn::jwt::{Issuer, SubjectClaim};
///
/// # fn main() -> Result<(), secure_runtime::authn::jwt::NotStringOrUri> {
/// // People have a `sub`; services have a `client_id` only.
/// let issuer = Issuer::new("https://id.example.com")?
///     .subject_from([SubjectClaim::new(["sub"]), SubjectClaim::new(["client_id"]).prefix("client:")]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SubjectClaim {
    path: Vec<String>,
    prefix: String,
    allows_integers: bool,
    allows_spaces: bool,
}

impl SubjectClaim {
    /// The claim with this path.
    pub fn new(path: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let path = path.into_iter().map(Into::into).collect();
        Self { path, prefix: String::new(), allows_integers: false, allows_spaces: false }
    }

    /// Puts `prefix` before the claim's text. Default: none.
    ///
    /// Risk of leaving it out beside another claim: a client that may choose its own `client_id` could choose the `sub`
    /// of another caller.
    #[must_use]
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// Also reads an integer, as its decimal digits. Default: an integer is refused.
    ///
    /// Risk: the number 7 and the text `7` are the same caller.
    #[must_use]
    pub fn allow_integers(self) -> Self {
        Self { allows_integers: true, ..self }
    }

    /// Allows single spaces (U+0020) between other characters, such as in a distinguished name. Default: refused.
    ///
    /// Risk: in logs, and in texts that split at spaces, one subject looks like several words.
    #[must_use]
    pub fn allow_spaces(self) -> Self {
        Self { allows_spaces: true, ..self }
    }

    fn read(&self, claims: &Claims) -> Option<Result<String, Rejection>> {
        match json::at(claims.members(), &self.path) {
            Ok(None) => None,
            Ok(Some(value)) => Some(self.subject(value)),
            Err(_) => Some(Err(reason::SUBJECT)),
        }
    }

    fn subject(&self, value: &Value) -> Result<String, Rejection> {
        let text = match value {
            Value::String(text) if !text.is_empty() => Cow::Borrowed(text.as_str()),
            Value::Number(number) if self.allows_integers && !number.is_f64() => Cow::Owned(number.to_string()),
            _ => return Err(reason::SUBJECT),
        };
        match self.is_readable(&text) {
            true => Ok(format!("{}{text}", self.prefix)),
            false => Err(reason::SUBJECT_TEXT),
        }
    }

    fn is_readable(&self, text: &str) -> bool {
        let spaces = self.allows_spaces && text.split(' ').all(|word| !word.is_empty());
        text.chars().all(|character| if character == ' ' { spaces } else { !is_invisible(character) })
    }
}

/// The subject of the first of these claims that is there (RFC 7519, section 4.1.2).
pub(super) fn read(sources: &[SubjectClaim], claims: &Claims) -> Result<String, Rejection> {
    sources.iter().find_map(|source| source.read(claims)).unwrap_or(Err(reason::SUBJECT))
}
