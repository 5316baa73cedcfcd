//! Which roles and scopes a token gives.

use serde_json::Value;

use super::claims::Claims;
use super::reason;
use crate::authn::Rejection;
use crate::json;

/// A claim that lists roles or scopes of the caller.
///
/// It is named by its path: one name for a claim, more for a member of an object in it. Names are taken as they are, so
/// `["https://example.com/roles"]` is one claim, and `["realm_access", "roles"]` a member of another.
///
/// A token without it gives none; one in which it has the wrong form is refused, and so is one in which something
/// else than an object is on the way to it. It holds at most 256 entries of 1 to 256 bytes.
#[derive(Clone, Debug)]
pub struct ListClaim {
    path: Vec<String>,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    Array,
    CommaSeparated,
    Flag(String),
    Keys,
    Words,
}

impl ListClaim {
    /// A claim that is an array of strings, such as `roles` (RFC 9068, section 2.2.3.1).
    pub fn array(path: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(path, Form::Array)
    }

    /// A claim that is one string with a comma between any two roles and no blanks around them. The empty string holds
    /// none.
    pub fn comma_separated(path: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(path, Form::CommaSeparated)
    }

    /// A claim that is `true` for who has `role`, and `false` for who has not.
    pub fn flag(path: impl IntoIterator<Item = impl Into<String>>, role: impl Into<String>) -> Self {
        Self::new(path, Form::Flag(role.into()))
    }

    /// A claim that is an object whose members are named after the roles. Their values count for nothing.
    pub fn keys(path: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(path, Form::Keys)
    }

    /// A claim that is one string of words with a space between any two, such as `scope` (RFC 8693, section 4.2).
    /// The empty string holds none.
    pub fn words(path: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(path, Form::Words)
    }

    fn new(path: impl IntoIterator<Item = impl Into<String>>, form: Form) -> Self {
        Self { path: path.into_iter().map(Into::into).collect(), form }
    }

    fn read<'a>(&'a self, claims: &'a Claims) -> Option<Vec<&'a str>> {
        match json::at(claims.members(), &self.path).ok()? {
            Some(claim) => self.form.read(claim).and_then(bounded),
            None => Some(Vec::new()),
        }
    }
}

impl Form {
    fn read<'a>(&'a self, claim: &'a Value) -> Option<Vec<&'a str>> {
        match self {
            Self::Array => claim.as_array()?.iter().map(Value::as_str).collect(),
            Self::CommaSeparated => trimmed(parts(claim.as_str()?, ',')),
            Self::Flag(role) => Some(if claim.as_bool()? { vec![role] } else { Vec::new() }),
            Self::Keys => Some(claim.as_object()?.keys().map(String::as_str).collect()),
            Self::Words => words(claim),
        }
    }
}

/// What several claims list, united.
pub(super) fn read<'a>(
    sources: &'a [ListClaim],
    claims: &'a Claims,
    wrong: Rejection,
) -> Result<Vec<&'a str>, Rejection> {
    let lists: Option<Vec<_>> = sources.iter().map(|source| source.read(claims)).collect();
    lists.map(|lists| lists.concat()).ok_or(wrong)
}

/// `scope` must have its form (RFC 8693, section 4.2), whether or not anything is read from it.
pub(super) fn check_scope(claims: &Claims) -> Result<(), Rejection> {
    let is_form = claims.get("scope").is_none_or(|scope| words(scope).and_then(bounded).is_some());
    if is_form { Ok(()) } else { Err(reason::SCOPE) }
}

fn words(claim: &Value) -> Option<Vec<&str>> {
    let text = claim.as_str()?;
    let is_form = text.bytes().all(|byte| byte == b' ' || is_scope_character(byte));
    is_form.then(|| parts(text, ' '))
}

fn parts(text: &str, separator: char) -> Vec<&str> {
    match text {
        "" => Vec::new(),
        text => text.split(separator).collect(),
    }
}

fn trimmed(roles: Vec<&str>) -> Option<Vec<&str>> {
    roles.iter().all(|role| role.trim() == *role).then_some(roles)
}

/// RFC 6749, section 3.3.
fn is_scope_character(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~')
}

fn bounded(entries: Vec<&str>) -> Option<Vec<&str>> {
    let fits = entries.len() <= MAX_ENTRIES && entries.iter().all(|it| (1..=MAX_ENTRY_BYTES).contains(&it.len()));
    fits.then_some(entries)
}

const MAX_ENTRIES: usize = 256;
const MAX_ENTRY_BYTES: usize = 256;
