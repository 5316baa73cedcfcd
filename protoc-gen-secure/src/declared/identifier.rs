//! Checks of names that every compiler makes and a forged request may violate. Names become code.

use super::descriptor::{Enum, Field, Message, Outline};
use super::error::ReadError;
use crate::diagnostic::is_invisible;

/// Checks every name of a file that generated code, prost-build's too, or a finding may contain.
pub(super) fn outline(outline: &Outline) -> Result<(), ReadError> {
    let Outline { name, package, dependencies: _, messages, enums, services, extensions } = outline;
    file(name)?;
    self::package(package.clone())?;
    messages.iter().try_for_each(message_outline)?;
    enums.iter().try_for_each(enum_outline)?;
    extensions.iter().try_for_each(field)?;
    services.iter().try_for_each(|service| check(&service.name))
}

fn message_outline(message: &Message) -> Result<(), ReadError> {
    let Message { name, fields, messages, enums, extensions, options: _, oneofs } = message;
    check(name)?;
    fields.iter().chain(extensions).try_for_each(field)?;
    messages.iter().try_for_each(message_outline)?;
    enums.iter().try_for_each(enum_outline)?;
    oneofs.iter().try_for_each(|oneof| check(&oneof.name))
}

fn enum_outline(item: &Enum) -> Result<(), ReadError> {
    check(&item.name)?;
    item.values.iter().try_for_each(|value| check(&value.name))
}

fn field(field: &Field) -> Result<(), ReadError> {
    let Field { name, extendee, r#type, type_name, default_value, .. } = field;
    check(name)?;
    for name in [extendee, type_name].into_iter().filter(|name| !name.is_empty()) {
        message(name.clone())?;
    }
    if *r#type == ENUM && !default_value.is_empty() { check(default_value) } else { Ok(()) }
}

/// Lets the name of a file pass; it is repeated in comments of generated code.
pub(super) fn file(name: &str) -> Result<(), ReadError> {
    if name.is_empty() || name.chars().any(is_invisible) { Err(refusal(name)) } else { Ok(()) }
}

/// Lets the name of a service or method pass.
pub(super) fn identifier(name: String) -> Result<String, ReadError> {
    check(&name).map(|()| name)
}

fn check(name: &str) -> Result<(), ReadError> {
    if is_identifier(name) { Ok(()) } else { Err(refusal(name)) }
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

/// `FieldDescriptorProto.Type`.
const ENUM: i32 = 14;
