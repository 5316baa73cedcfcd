//! No token panics, and none but the minted one is accepted.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use super::{ISSUER, claims, good, header, strict, verify};
use crate::authn::jwt::{Algorithm, Jwt};
use crate::json;

proptest! {
    #[test]
    fn random_text_is_refused(text in any::<String>()) {
        prop_assert!(verify(&STRICT, &text).is_err());
    }

    #[test]
    fn a_token_with_one_byte_changed_is_refused(place in any::<Index>(), byte in 0_u8..128) {
        let token = good();
        let mut bytes = token.clone().into_bytes();
        *place.get_mut(&mut bytes) = byte;
        let mutated = String::from_utf8(bytes).unwrap();
        prop_assert_eq!(verify(&STRICT, &mutated).is_ok(), mutated == token);
    }

    #[test]
    fn truncated_token_is_refused(place in any::<Index>()) {
        let token = good();
        prop_assert!(verify(&STRICT, &token[..place.index(token.len())]).is_err());
    }

    #[test]
    fn signed_claims_with_one_byte_changed_do_not_panic(place in any::<Index>(), byte in 0_u8..128) {
        let claims = changed(&claims(), place, byte);
        let _ = verify(&STRICT, &ISSUER.sign_text(Algorithm::EdDsa, &header().to_string(), &claims));
    }

    #[test]
    fn signed_headers_with_one_byte_changed_do_not_panic(place in any::<Index>(), byte in 0_u8..128) {
        let header = changed(&header(), place, byte);
        let _ = verify(&STRICT, &ISSUER.sign_text(Algorithm::EdDsa, &header, &claims().to_string()));
    }

    /// What the strict reader accepts, serde_json reads alike.
    #[test]
    fn the_json_reader_agrees_with_serde_json(text in "[\\[\\]{}:,\"a1 ]{0,24}") {
        if let Ok(object) = json::object(text.as_bytes()) {
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), Value::Object(object));
        }
    }
}

/// Made once: it takes longer than a case.
static STRICT: LazyLock<Jwt> = LazyLock::new(strict);

fn changed(text: &Value, place: Index, byte: u8) -> String {
    let mut bytes = text.to_string().into_bytes();
    *place.get_mut(&mut bytes) = byte;
    String::from_utf8(bytes).unwrap()
}
