//! Answers of an introspection endpoint (RFC 7662, section 2.2).

use serde_json::{Map, Value};

use crate::json;

/// What the endpoint says of a token.
pub(super) enum Answer {
    /// The token is active, and these are the members of the answer.
    Active(Map<String, Value>),
    Inactive,
}

/// The text is not an answer. It holds nothing of the text.
#[derive(Clone, Copy, Eq, PartialEq, thiserror::Error)]
pub(super) enum AnswerError {
    #[error("`active` is neither `true` nor `false`")]
    Active,
    #[error("the answer is not a strict JSON object")]
    NotAnObject,
}

debug_as_display!(AnswerError);

impl Answer {
    /// Reads an answer that is nested at most `max_depth` deep. Only the values `true` and `false` of `active` count, and
    /// not texts or numbers that mean them.
    pub(super) fn read(text: &str, max_depth: usize) -> Result<Self, AnswerError> {
        let members = json::object_within(text.as_bytes(), max_depth).map_err(|_| AnswerError::NotAnObject)?;
        match members.get("active") {
            Some(Value::Bool(true)) => Ok(Self::Active(members)),
            Some(Value::Bool(false)) => Ok(Self::Inactive),
            _ => Err(AnswerError::Active),
        }
    }
}
