//! Keys in PEM and in certificates.

use rcgen::{
    CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, SigningKey as _,
};
use serde_json::{Value, json};

use super::{claims, header, issuer, verify, with, without};
use crate::authn::Rejection;
use crate::authn::jwt::{Audience, Jwt, KeyFormat, KeySet, KeySetError, LimitOutOfBounds, reason};
use crate::testing::TestIssuer;

fn ed25519() -> KeyPair {
    KeyPair::generate_for(&PKCS_ED25519).unwrap()
}

fn certificate(key: &KeyPair) -> String {
    CertificateParams::new(["issuer.example.com".to_owned()]).unwrap().self_signed(key).unwrap().pem()
}

/// A good token of this key.
fn token(key: &KeyPair, header: Value) -> String {
    let unsigned = TestIssuer::new("x").sign(header, claims());
    let parts = unsigned.rsplit_once('.').unwrap().0;
    let signature = key.sign(parts.as_bytes()).unwrap();
    format!("{parts}.{}", base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature))
}

fn with_kid(kid: &str) -> Value {
    with(header(), "kid", json!(kid))
}

fn outcome(keys: &KeySet, token: &str) -> Result<(), Rejection> {
    verify(&Jwt::new(issuer(), Audience::new("orders").unwrap(), keys.clone()), token).map(drop)
}

#[test]
fn key_in_pem_verifies_tokens_with_any_kid() {
    let (key, other) = (ed25519(), ed25519());
    for pem in [key.public_key_pem(), certificate(&key)] {
        let keys = KeySet::from_text(&pem, KeyFormat::pem()).unwrap();
        for header in [with_kid("a"), with_kid("b"), without(header(), "kid")] {
            assert_eq!(outcome(&keys, &token(&key, header.clone())), Ok(()));
            assert_eq!(outcome(&keys, &token(&other, header)), Err(reason::SIGNATURE));
        }
    }
}

#[test]
fn two_pem_keys_for_one_algorithm_are_refused() {
    let (key, other) = (ed25519(), ed25519());
    let both = key.public_key_pem() + &other.public_key_pem();
    let keys = KeySet::from_text(&both, KeyFormat::pem()).unwrap();
    assert_eq!(outcome(&keys, &token(&key, header())), Err(reason::KEY_AMBIGUOUS));
    let twice = key.public_key_pem() + &certificate(&key);
    let keys = KeySet::from_text(&twice, KeyFormat::pem()).unwrap();
    assert_eq!(outcome(&keys, &token(&key, header())), Ok(()));
}

#[test]
fn keys_of_each_curve_are_read_from_pem() {
    for curve in [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384] {
        let key = KeyPair::generate_for(curve).unwrap();
        assert!(KeySet::from_text(&key.public_key_pem(), KeyFormat::pem()).is_ok());
        assert!(KeySet::from_text(&certificate(&key), KeyFormat::pem()).is_ok());
    }
}

#[test]
fn rsa_key_of_rfc_7515_is_read_from_pem_and_a_private_key_is_refused() {
    let parse = |pem: &str| KeySet::from_text(pem, KeyFormat::pem()).map(|keys| format!("{keys:?}"));
    assert_eq!(parse(RSA), Ok("KeySet(1 keys)".into()));
    assert_eq!(parse(&ed25519().serialize_pem()), Err(KeySetError::NoUsableKey));
    for text in ["", "MCowBQYDK2VwAyEA", "-----BEGIN PUBLIC KEY-----\n", &RSA.replace("END", "FIN")] {
        assert_eq!(parse(text), Err(KeySetError::NotPem), "{text}");
    }
    let cut = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n";
    assert_eq!(parse(cut), Err(KeySetError::NoUsableKey));
}

#[test]
fn map_of_certificates_gives_each_key_its_kid() {
    let (first, second) = (ed25519(), ed25519());
    let map = json!({ "first": certificate(&first), "second": certificate(&second), "odd": 7, "broken": "x" });
    let keys = KeySet::from_text(&map.to_string(), KeyFormat::certificates()).unwrap();
    assert_eq!(format!("{keys:?}"), "KeySet(2 keys)");
    assert_eq!(outcome(&keys, &token(&first, with_kid("first"))), Ok(()));
    assert_eq!(outcome(&keys, &token(&second, with_kid("second"))), Ok(()));
    assert_eq!(outcome(&keys, &token(&first, with_kid("second"))), Err(reason::SIGNATURE));
    assert_eq!(outcome(&keys, &token(&first, with_kid("third"))), Err(reason::KEY_UNKNOWN));
    let parse = |text: &str| KeySet::from_text(text, KeyFormat::certificates()).map(drop);
    assert_eq!(parse("{}"), Err(KeySetError::NoUsableKey));
    assert!(matches!(parse(r#"{"a":"x","a":"y"}"#), Err(KeySetError::NotAnObject { .. })));
}

#[test]
fn limit_of_keys_is_settable_within_its_bounds() {
    let map: Value = (0..65).map(|kid| (kid.to_string(), json!("x"))).collect::<serde_json::Map<_, _>>().into();
    let parse = |format| KeySet::from_text(&map.to_string(), format).map(drop);
    assert_eq!(parse(KeyFormat::certificates()), Err(KeySetError::TooManyKeys));
    assert_eq!(parse(KeyFormat::certificates().max_keys(65).unwrap()), Err(KeySetError::NoUsableKey));
    let refused = |number| KeyFormat::jwks().max_keys(number).err();
    assert_eq!(refused(1_025), Some(LimitOutOfBounds { name: "max_keys", max: 1_024 }));
    assert_eq!(refused(0), Some(LimitOutOfBounds { name: "max_keys", max: 1_024 }));
}

/// RFC 7515, appendix A.2, as `openssl rsa -pubout` writes it.
const RSA: &str = include_str!("rfc_7515_rsa.pem");
