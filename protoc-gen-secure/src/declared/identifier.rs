//! Checks of names that every compiler makes and a broken request may violate.

use super::error::ReadError;

/// Lets the name of a file pass; it is repeated in comments of generated code.
pub(super) fn file(name: &str) -> Result<(), ReadError> {
    if name.is_empty() || name.chars().any(char::is_control) { Err(refusal(name)) } else { Ok(()) }
}

/// Lets the name of a service or method pass.
pub(super) fn identifier(name: String) -> Result<String, ReadError> {
    if is_identifier(&name) { Ok(name) } else { Err(refusal(&name)) }
}

/// Lets a package pass; it may be empty.
pub(super) fn package(name: String) -> Result<String, ReadError> {
    if name.is_empty() || name.split('.').all(is_identifier) { Ok(name) } else { Err(refusal(&name)) }
}

/// Lets the full name of a message pass, such as `.shop.v1.Order`.
pub(super) fn message(name: String) -> Result<String, ReadError> {
    match name.strip_prefix('.') {
        Some(segments) if segments.split('.').all(is_identifier) => Ok(name),
        _ => Err(refusal(&name)),
    }
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn refusal(name: &str) -> ReadError {
    ReadError::broken(format!("{name:?} is not a valid protobuf name"))
}
