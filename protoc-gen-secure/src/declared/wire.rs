//! Whether an encoded option has only fields of the schema. prost silently drops unknown fields, and a dropped field could
//! have been a restriction.

use std::collections::BTreeMap;

use prost::DecodeError;
use prost::bytes::Buf as _;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field}; // as prost's derives do
use protox::prost_reflect::{Kind, MessageDescriptor};

/// True if the encoded message has only fields of this message, and each field that is no list once.
///
/// # Errors
///
/// The bytes are not an encoded message.
pub(super) fn covers(message: &MessageDescriptor, mut encoded: &[u8]) -> Result<bool, DecodeError> {
    let mut seen = BTreeMap::<u32, Option<(MessageDescriptor, Vec<u8>)>>::new();
    while !encoded.is_empty() {
        let (tag, wire_type) = decode_key(&mut encoded)?;
        let Some(field) = message.get_field(tag) else { return Ok(false) };
        match field.kind() {
            Kind::Message(nested) => {
                let Some(piece) = piece(wire_type, &mut encoded)? else { return Ok(false) };
                if field.is_list() {
                    if !covers(&nested, piece)? {
                        return Ok(false);
                    }
                } else if let Some((_, pieces)) = seen.entry(tag).or_insert_with(|| Some((nested, Vec::new()))) {
                    // The pieces of a message are one message.
                    pieces.extend_from_slice(piece);
                }
            }
            _ if field.is_list() || seen.insert(tag, None).is_none() => {
                skip_field(wire_type, tag, &mut encoded, DecodeContext::default())?;
            }
            _ => return Ok(false),
        }
    }
    seen.into_values().flatten().try_fold(true, |all, (nested, encoded)| Ok(all && covers(&nested, &encoded)?))
}

/// The bytes of a nested message, unless they are not there.
fn piece<'a>(wire_type: WireType, encoded: &mut &'a [u8]) -> Result<Option<&'a [u8]>, DecodeError> {
    if wire_type != WireType::LengthDelimited {
        return Ok(None);
    }
    let length = usize::try_from(decode_varint(encoded)?).unwrap_or(usize::MAX);
    let Some(piece) = encoded.get(..length) else { return Ok(None) };
    encoded.advance(length);
    Ok(Some(piece))
}

#[cfg(test)]
mod tests {
    use prost::Name;

    use super::covers;
    use crate::schema::{MethodRule, ServiceRules, message};

    #[track_caller]
    fn check<M: Name>(encoded: &[u8], expected: bool) {
        assert_eq!(covers(&message::<M>(), encoded).expect("a message"), expected);
    }

    #[test]
    fn unknown_fields_are_found_at_any_depth() {
        check::<MethodRule>(&[0x08, 1, 0x1a, 1, b'a', 0x1a, 1, b'b'], true);
        check::<MethodRule>(&[0x98, 0x06, 1], false);
        check::<MethodRule>(&[0x42, 3, 0x0a, 1, b'f'], true);
        check::<MethodRule>(&[0x42, 2, 0x20, 1], false);
        check::<ServiceRules>(&[0x0a, 4, 0x42, 2, 0x20, 1], false);
    }

    #[test]
    fn lists_of_numbers_may_be_packed() {
        check::<MethodRule>(&[0x30, 1, 0x30, 2], true);
        check::<MethodRule>(&[0x32, 2, 1, 2], true);
    }

    #[test]
    fn repeated_scalar_is_found_in_a_message_of_several_pieces() {
        check::<MethodRule>(&[0x08, 0, 0x08, 1], false);
        check::<ServiceRules>(&[0x0a, 2, 0x08, 0, 0x0a, 2, 0x10, 1], true);
        check::<ServiceRules>(&[0x0a, 2, 0x08, 0, 0x0a, 2, 0x08, 1], false);
    }

    #[test]
    fn a_message_encoded_as_a_number_is_refused() {
        check::<ServiceRules>(&[0x08, 1], false);
        check::<ServiceRules>(&[0x0a, 9, 0x08], false);
    }
}
