//! What a compiler guarantees about names, and a broken request may not keep.

use crate::request::GenerateError;

/// Lets the name of a file pass; it is repeated in comments of generated code.
pub(super) fn file(name: &str) -> Result<(), GenerateError> {
    if name.is_empty() || name.chars().any(char::is_control) { Err(refusal(name)) } else { Ok(()) }
}

/// Lets the name of a service or method pass.
pub(super) fn identifier(name: String) -> Result<String, GenerateError> {
    if is_identifier(&name) { Ok(name) } else { Err(refusal(&name)) }
}

/// Lets a package pass; it may be empty.
pub(super) fn package(name: String) -> Result<String, GenerateError> {
    if name.is_empty() || name.split('.').all(is_identifier) { Ok(name) } else { Err(refusal(&name)) }
}

/// Lets the full name of a message pass, such as `.shop.v1.Order`.
pub(super) fn message(name: String) -> Result<String, GenerateError> {
    match name.strip_prefix('.') {
        Some(segments) if segments.split('.').all(is_identifier) => Ok(name),
        _ => Err(refusal(&name)),
    }
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn refusal(name: &str) -> GenerateError {
    GenerateError::broken(format!("{name:?} is no name a protobuf compiler lets pass"))
}
