//! Which roles a token gives.

use serde_json::Value;

use super::claims::Claims;
use super::reason;
use crate::authn::Rejection;

/// The claim that holds the caller's roles.
///
/// A token without it gives no roles; one in which it has the wrong form is refused. `scope`, if a token has it, must
/// have its form too, whichever claim the roles come from. Each holds at most 256 entries of at most 256 bytes.
#[derive(Clone, Debug)]
pub struct RolesClaim {
    name: String,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Array,
    Words,
}

impl RolesClaim {
    /// A claim that is an array of strings, such as `roles` (RFC 9068, section 2.2.3.1).
    pub fn array(name: impl Into<String>) -> Self {
        Self { name: name.into(), form: Form::Array }
    }

    /// A claim that is one string of words with a space between any two, such as `scope` (RFC 8693, section 4.2).
    /// The empty string holds none.
    pub fn words(name: impl Into<String>) -> Self {
        Self { name: name.into(), form: Form::Words }
    }

    pub(super) fn read<'a>(&self, claims: &'a Claims) -> Result<Vec<&'a str>, Rejection> {
        claims.get("scope").map_or(Some(vec![]), words).ok_or(reason::SCOPE)?;
        let form = match self.form {
            Form::Array => strings,
            Form::Words => words,
        };
        claims.get(&self.name).map_or(Some(vec![]), form).ok_or(reason::ROLES)
    }
}

impl Default for RolesClaim {
    fn default() -> Self {
        Self::array("roles")
    }
}

fn strings(claim: &Value) -> Option<Vec<&str>> {
    bounded(claim.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?)
}

fn words(claim: &Value) -> Option<Vec<&str>> {
    match claim.as_str()? {
        "" => Some(Vec::new()),
        text if text.bytes().all(|byte| byte == b' ' || is_scope_character(byte)) => bounded(text.split(' ').collect()),
        _ => None,
    }
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
