//! Whether an encoded option says only what our schema has: what prost does not know it drops, and what was dropped could
//! narrow.

use std::collections::{BTreeMap, BTreeSet};

use prost::DecodeError;
use prost::bytes::Buf as _;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field}; // as prost's derives do

/// The fields of a message of the schema, by number.
#[derive(Debug)]
pub(super) struct Shape {
    /// Scalars that stand in a message once.
    once: &'static [u32],
    /// Lists of scalars.
    lists: &'static [u32],
    messages: &'static [(u32, &'static Self)],
}

impl Shape {
    /// True if the encoded message has no field but these.
    pub(super) fn covers(&self, mut encoded: &[u8]) -> Result<bool, DecodeError> {
        let (mut seen, mut nested) = (BTreeSet::new(), BTreeMap::<_, (&Self, Vec<u8>)>::new());
        while !encoded.is_empty() {
            let (tag, wire_type) = decode_key(&mut encoded)?;
            if self.lists.contains(&tag) || self.once.contains(&tag) && seen.insert(tag) {
                skip_field(wire_type, tag, &mut encoded, DecodeContext::default())?;
            } else if let Some(shape) = self.message(tag).filter(|_| wire_type == WireType::LengthDelimited) {
                let length = usize::try_from(decode_varint(&mut encoded)?).unwrap_or(usize::MAX);
                let Some(message) = encoded.get(..length) else { return Ok(false) };
                nested.entry(tag).or_insert_with(|| (shape, Vec::new())).1.extend_from_slice(message);
                encoded.advance(length);
            } else {
                return Ok(false);
            }
        }
        // The pieces of a message are one message.
        nested.into_values().try_fold(true, |all, (shape, encoded)| Ok(all && shape.covers(&encoded)?))
    }

    fn message(&self, tag: u32) -> Option<&'static Self> {
        self.messages.iter().find(|(number, _)| *number == tag).map(|(_, shape)| *shape)
    }
}

pub(super) const METHOD_RULE: Shape =
    Shape { once: &[1, 2, 4], lists: &[3, 5, 6, 7], messages: &[(8, &TENANT_RULE), (9, &OWNER_RULE)] };

const TENANT_RULE: Shape = Shape { once: &[1], lists: &[2, 3], messages: &[] };

const OWNER_RULE: Shape = Shape { once: &[1], lists: &[2], messages: &[] };

pub(super) const SERVICE_RULES: Shape = Shape { once: &[2], lists: &[], messages: &[(1, &METHOD_RULE)] };

pub(super) const ROLE_VOCABULARY: Shape = Shape { once: &[], lists: &[], messages: &[] };

pub(super) const ROLE_DEFINITION: Shape = Shape { once: &[1, 3], lists: &[2], messages: &[] };

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message as _;

    use super::*;
    use crate::declared::descriptor::{Message, Outline};
    use crate::declared::files_of_set;
    use crate::declared::schema::{FILE, TEXT};
    use crate::testing::set;

    #[test]
    fn the_shapes_are_what_the_schema_declares() {
        let files = files_of_set(&set(&[(FILE, TEXT)])).expect("a set");
        let outlines = files.iter().map(|file| Outline::decode(file.as_slice()).expect("a file"));
        let schema = outlines.into_iter().find(|outline| outline.name == FILE).expect("the schema");
        let shapes = [
            ("MethodRule", &METHOD_RULE),
            ("TenantRule", &TENANT_RULE),
            ("OwnerRule", &OWNER_RULE),
            ("ServiceRules", &SERVICE_RULES),
            ("RoleVocabulary", &ROLE_VOCABULARY),
            ("RoleDefinition", &ROLE_DEFINITION),
        ];
        assert_eq!(schema.messages.len(), shapes.len());
        for (name, shape) in shapes {
            let message = schema.messages.iter().find(|message| message.name == name).expect(name);
            assert_eq!(
                numbers(message),
                [shape.once, shape.lists].map(of).into_iter().chain([nested(shape)]).collect::<Vec<_>>(),
                "{name}"
            );
        }
    }

    /// Scalars, lists, messages.
    fn numbers(message: &Message) -> Vec<BTreeSet<u32>> {
        let kind = |wanted: usize| {
            let fields = message.fields.iter().filter(|field| match (field.label, field.r#type) {
                (_, 11) => wanted == 2,
                (3, _) => wanted == 1,
                _ => wanted == 0,
            });
            fields.map(|field| u32::try_from(field.number).expect("a number")).collect()
        };
        [0, 1, 2].map(kind).into()
    }

    fn of(numbers: &[u32]) -> BTreeSet<u32> {
        numbers.iter().copied().collect()
    }

    fn nested(shape: &Shape) -> BTreeSet<u32> {
        shape.messages.iter().map(|(number, _)| *number).collect()
    }

    #[track_caller]
    fn check(shape: &Shape, encoded: &[u8], expected: bool) {
        assert_eq!(shape.covers(encoded).expect("a message"), expected);
    }

    #[test]
    fn unknown_fields_are_seen_however_deep() {
        check(&METHOD_RULE, &[0x08, 1, 0x1a, 1, b'a', 0x1a, 1, b'b'], true);
        check(&METHOD_RULE, &[0x78, 1], false);
        check(&METHOD_RULE, &[0x42, 3, 0x0a, 1, b'f'], true);
        check(&METHOD_RULE, &[0x42, 2, 0x20, 1], false);
        check(&SERVICE_RULES, &[0x0a, 4, 0x42, 2, 0x20, 1], false);
    }

    #[test]
    fn lists_of_numbers_may_be_packed() {
        check(&METHOD_RULE, &[0x30, 1, 0x30, 2], true);
        check(&METHOD_RULE, &[0x32, 2, 1, 2], true);
    }

    #[test]
    fn a_scalar_stands_once_even_in_a_message_of_several_pieces() {
        check(&METHOD_RULE, &[0x08, 0, 0x08, 1], false);
        check(&SERVICE_RULES, &[0x0a, 2, 0x08, 0, 0x0a, 2, 0x10, 1], true);
        check(&SERVICE_RULES, &[0x0a, 2, 0x08, 0, 0x0a, 2, 0x08, 1], false);
    }

    #[test]
    fn a_message_is_no_number() {
        check(&SERVICE_RULES, &[0x08, 1], false);
        check(&SERVICE_RULES, &[0x0a, 9, 0x08], false);
    }
}
