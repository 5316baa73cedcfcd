//! Descriptors for readers that must not learn the rules, such as the callers of gRPC reflection.

use prost::DecodeError;
use prost::bytes::Buf as _;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field};

use super::ReadError;
use crate::schema;

/// Copies an encoded `FileDescriptorSet` without comments, positions and, unless `has_rules`, the options of the schema.
///
/// # Errors
///
/// The bytes are not an encoded set.
pub(crate) fn strip(set: &[u8], has_rules: bool) -> Result<Vec<u8>, ReadError> {
    Ok(copy(Part::Set, set, has_rules)?)
}

/// A message of `google/protobuf/descriptor.proto` that holds options somewhere.
#[derive(Clone, Copy)]
enum Part {
    Enum,
    EnumValue,
    File,
    Message,
    Method,
    Options,
    Service,
    Set,
}

/// What becomes of a field.
enum Fate {
    Copy,
    Drop,
    Enter(Part),
}

impl Part {
    fn fate(self, tag: u32, has_rules: bool) -> Fate {
        match (self, tag) {
            (Self::Set, 1) => Fate::Enter(Self::File),
            (Self::File, 4) | (Self::Message, 3) => Fate::Enter(Self::Message),
            (Self::File, 5) | (Self::Message, 4) => Fate::Enter(Self::Enum),
            (Self::File, 6) => Fate::Enter(Self::Service),
            (Self::File, SOURCE_CODE_INFO) => Fate::Drop,
            (Self::Enum, 2) => Fate::Enter(Self::EnumValue),
            (Self::Service, 2) => Fate::Enter(Self::Method),
            (Self::Enum | Self::EnumValue | Self::Service, 3) | (Self::Method, 4) => Fate::Enter(Self::Options),
            (Self::Options, tag) if !has_rules && schema::is_number(tag) => Fate::Drop,
            _ => Fate::Copy,
        }
    }
}

fn copy(part: Part, mut encoded: &[u8], has_rules: bool) -> Result<Vec<u8>, DecodeError> {
    let mut copied = Vec::new();
    while !encoded.is_empty() {
        let field = encoded;
        let (tag, wire_type) = decode_key(&mut encoded)?;
        let fate = part.fate(tag, has_rules);
        if let (Fate::Enter(nested), WireType::LengthDelimited) = (&fate, wire_type) {
            let length = usize::try_from(decode_varint(&mut encoded)?).unwrap_or(usize::MAX);
            let content = encoded.get(..length).ok_or_else(too_short)?;
            encoded.advance(length);
            append(tag, &copy(*nested, content, has_rules)?, &mut copied);
            continue;
        }
        skip_field(wire_type, tag, &mut encoded, DecodeContext::default())?;
        if !matches!(fate, Fate::Drop) {
            copied.extend_from_slice(&field[..field.len() - encoded.len()]);
        }
    }
    Ok(copied)
}

fn append(tag: u32, content: &[u8], encoded: &mut Vec<u8>) {
    encode_key(tag, WireType::LengthDelimited, encoded);
    encode_varint(content.len() as u64, encoded);
    encoded.extend_from_slice(content);
}

/// The error that prost gives for a message that ends too early.
fn too_short() -> DecodeError {
    decode_varint(&mut [].as_slice()).expect_err("nothing is no number")
}

/// `FileDescriptorProto.source_code_info`.
const SOURCE_CODE_INFO: u32 = 9;

#[cfg(test)]
mod tests {
    use protox::prost_reflect::DescriptorPool;

    use super::strip;
    use crate::testing::{orders, set};

    const RULES: &str = r#"
        enum Role { option (secure.v1.roles) = {}; option deprecated = true; ROLE_NONE = 0; CLERK = 1 [(secure.v1.role).name = "clerk-role"]; }
        enum Scope { option (secure.v1.scopes) = {}; SCOPE_NONE = 0; READ = 1 [(secure.v1.scope).name = "read-scope"]; }
        // A comment.
        service Orders {
          option (secure.v1.service) = { default: { required_roles: "clerk-role" }, roles: "shop.v1.Role", scopes: "shop.v1.Scope" };
          rpc Get(Order) returns (Order) { option (secure.v1.method).required_roles = "clerk-role"; option deprecated = true; }
        }"#;

    fn contains(set: &[u8], text: &str) -> bool {
        set.windows(text.len()).any(|window| window == text.as_bytes())
    }

    #[test]
    fn stripped_set_names_no_role_or_scope_and_has_no_comment() {
        let with = set(&[("orders.proto", &orders(RULES))]);
        let without = strip(&with, false).expect("a set");
        for text in ["clerk-role", "read-scope", "A comment."] {
            assert!(contains(&with, text) && !contains(&without, text), "{text}");
        }
        let pool = DescriptorPool::decode(without.as_slice()).expect("a set");
        let service = pool.get_service_by_name("shop.v1.Orders").expect("a service");
        let method = service.methods().next().expect("a method");
        assert_eq!(method.options().to_string(), "deprecated:true");
        assert_eq!(service.options().to_string(), "");
        let scopes = pool.get_enum_by_name("shop.v1.Scope").expect("an enum");
        assert_eq!(scopes.options().to_string(), "");
        assert!(scopes.values().all(|value| value.options().to_string().is_empty()));
    }

    #[test]
    fn set_with_rules_loses_only_its_comments() {
        let with = set(&[("orders.proto", &orders(RULES))]);
        let stripped = strip(&with, true).expect("a set");
        assert!(contains(&stripped, "clerk-role") && !contains(&stripped, "A comment."));
    }

    #[test]
    fn malformed_descriptor_set_is_refused() {
        for set in [&[0xff][..], &[0x0a, 9, 1], &[0x0a]] {
            assert!(strip(set, false).is_err(), "{set:?}");
        }
    }
}
