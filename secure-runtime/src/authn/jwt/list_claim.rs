//! Which roles and scopes a token gives.

use serde_json::Value;

use super::claims::Claims;
use crate::authn::Rejection;
use crate::json;

/// A claim that lists roles or scopes of the caller.
///
/// It is named by its path: one name for a claim, more for a member of an object in it. Names are taken as they are, so
/// `["https://example.com/roles"]` is one claim, and `["realm_access", "roles"]` a member of another.
///
/// A claim that is missing or `null` lists nothing. A claim of another form refuses the token, and so does a path that
/// leads through something other than an object. A list has at most 256 entries
/// ([`TokenLimits::max_list_entries`](super::TokenLimits::max_list_entries)) of 1 to 256 bytes.
///
/// ```
/// use secure_runtime::authn::jwt::{Issuer, ListClaim};
///
/// # fn main() -> Result<(), secure_runtime::authn::jwt::NotStringOrUri> {
/// // { "realm_access": { "roles": ["clerk"] }, "groups": "staff,admin" }
/// let issuer = Issuer::new("https://id.example.com")?
///     .roles_from([ListClaim::array(["realm_access", "roles"]), ListClaim::comma_separated(["groups"])]);
/// # Ok(())
/// # }
/// ```
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
    StringOrArray,
    Words,
    WordsOrArray,
}

impl ListClaim {
    /// A claim that is an array of strings, such as `roles` (RFC 9068, section 2.2.3.1).
    pub fn array(path: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(path, Form::Array)
    }

    /// A claim that is one string with a comma between any two entries, and no blanks around them. The empty string
    /// lists nothing.
    pub fn comma_separated(path: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(path, Form::CommaSeparated)
    }

    /// A claim that is `true` for callers with `role`, and `false` for others.
    pub fn flag(path: impl IntoIterator<Item = impl Into<String>>, role: impl Into<String>) -> Self {
        Self::new(path, Form::Flag(role.into()))
    }

    /// A claim that is an object whose members are named after the roles. Their values are not read.
    pub fn keys(path: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(path, Form::Keys)
    }

    /// A claim that is an array of strings, or one string that is one entry: some issuers write a list of one so. The
    /// string is not split: `"a b"` is the entry `a b`.
    pub fn string_or_array(path: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(path, Form::StringOrArray)
    }

    /// A claim that is one string of words with a space between any two, such as `scope` (RFC 8693, section 4.2). The
    /// empty string lists nothing.
    pub fn words(path: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(path, Form::Words)
    }

    /// A claim that is one string of words, as in [`words`](Self::words), or an array of such words.
    ///
    /// For an issuer whose `scope` is an array in some tokens and a string in others.
    pub fn words_or_array(path: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(path, Form::WordsOrArray)
    }

    fn new(path: impl IntoIterator<Item = impl Into<String>>, form: Form) -> Self {
        Self { path: path.into_iter().map(Into::into).collect(), form }
    }

    fn read<'a>(&'a self, claims: &'a Claims, max_entries: usize) -> Option<Vec<&'a str>> {
        match json::at(claims.members(), &self.path).ok()? {
            Some(claim) => self.form.read(claim).filter(|entries| is_within_limits(entries, max_entries)),
            None => Some(Vec::new()),
        }
    }
}

impl Form {
    fn read<'a>(&'a self, claim: &'a Value) -> Option<Vec<&'a str>> {
        match self {
            Self::Array => strings(claim),
            Self::CommaSeparated => split(claim.as_str()?, ',', |entry| entry.trim() == entry),
            Self::Flag(role) => Some(if claim.as_bool()? { vec![role] } else { Vec::new() }),
            Self::Keys => Some(claim.as_object()?.keys().map(String::as_str).collect()),
            Self::StringOrArray => claim.as_str().map(|entry| vec![entry]).or_else(|| strings(claim)),
            Self::Words => split(claim.as_str()?, ' ', is_word),
            Self::WordsOrArray => match claim {
                Value::String(text) => split(text, ' ', is_word),
                _ => strings(claim).filter(|words| words.iter().all(|word| is_word(word))),
            },
        }
    }
}

/// The entries of several claims together.
pub(super) fn read<'a>(
    sources: &'a [ListClaim],
    claims: &'a Claims,
    max_entries: usize,
    wrong_form: Rejection,
) -> Result<Vec<&'a str>, Rejection> {
    let lists: Option<Vec<_>> = sources.iter().map(|source| source.read(claims, max_entries)).collect();
    lists.map(|lists| lists.concat()).ok_or(wrong_form)
}

fn strings(claim: &Value) -> Option<Vec<&str>> {
    claim.as_array()?.iter().map(Value::as_str).collect()
}

fn split(text: &str, separator: char, is_entry: fn(&str) -> bool) -> Option<Vec<&str>> {
    match text {
        "" => Some(Vec::new()),
        text => text.split(separator).map(|entry| is_entry(entry).then_some(entry)).collect(),
    }
}

/// RFC 6749, section 3.3.
fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~'))
}

fn is_within_limits(entries: &[&str], max_entries: usize) -> bool {
    entries.len() <= max_entries && entries.iter().all(|entry| (1..=MAX_ENTRY_BYTES).contains(&entry.len()))
}

const MAX_ENTRY_BYTES: usize = 256;
