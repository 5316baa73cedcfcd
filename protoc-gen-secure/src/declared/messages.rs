//! The fields of messages, for rules that name one.

use std::collections::BTreeMap;

use super::descriptor::{Field, Message, Outline};
use super::{DeclaredField, FieldType, join};

/// The fields of every message, by the full name of the message with its leading dot.
pub(super) fn fields(outlines: &[Outline]) -> BTreeMap<String, Vec<DeclaredField>> {
    let mut messages = BTreeMap::new();
    for outline in outlines {
        let scope = if outline.package.is_empty() { String::new() } else { format!(".{}", outline.package) };
        outline.messages.iter().for_each(|message| insert(&scope, message, &mut messages));
    }
    messages
}

fn insert(scope: &str, message: &Message, messages: &mut BTreeMap<String, Vec<DeclaredField>>) {
    let name = format!("{scope}.{}", message.name);
    let fields = message.fields.iter().map(|field| DeclaredField { name: field.name.clone(), r#type: r#type(field) });
    messages.insert(name.clone(), fields.collect());
    message.messages.iter().for_each(|nested| insert(&name, nested, messages));
}

fn r#type(field: &Field) -> FieldType {
    let is_oneof = field.oneof_index.is_some() && !field.proto3_optional;
    match (field.label, field.r#type) {
        (REPEATED, _) => FieldType::Repeated,
        _ if is_oneof => FieldType::OneOf,
        (_, STRING) => FieldType::Text,
        (_, kind) if INTEGERS.contains(&kind) => FieldType::Integer,
        (label, MESSAGE | GROUP) => {
            FieldType::Message { name: field.type_name.clone(), is_required: label == REQUIRED }
        }
        _ => FieldType::Other,
    }
}

/// The name of every enum, without its leading dot.
pub(super) fn enums(outlines: &[Outline]) -> impl Iterator<Item = String> + '_ {
    let top = outlines.iter().flat_map(|file| file.enums.iter().map(|item| join(&file.package, &item.name)));
    top.chain(outlines.iter().flat_map(|file| file.messages.iter().flat_map(|message| nested(&file.package, message))))
}

fn nested(scope: &str, message: &Message) -> Vec<String> {
    let scope = join(scope, &message.name);
    let own = message.enums.iter().map(|item| join(&scope, &item.name));
    own.chain(message.messages.iter().flat_map(|message| nested(&scope, message))).collect()
}

/// `FieldDescriptorProto.Label`.
const REQUIRED: i32 = 2;
const REPEATED: i32 = 3;

/// `FieldDescriptorProto.Type`.
const STRING: i32 = 9;
const GROUP: i32 = 10;
const MESSAGE: i32 = 11;

/// `int64`, `uint64`, `int32`, `fixed64`, `fixed32`, `uint32`, `sfixed32`, `sfixed64`, `sint32`, `sint64`.
const INTEGERS: [i32; 10] = [3, 4, 5, 6, 7, 13, 15, 16, 17, 18];
