//! Check 13: which sets are refused, and which keys are left out of the others.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use num_bigint::BigUint;
use serde_json::{Value, json};

use super::{ISSUER, with, without};
use crate::authn::jwt::jwk;
use crate::authn::jwt::public_key::Unusable;
use crate::authn::jwt::{Algorithm, KeyFileError, KeySet, KeySetError, rsa_weakness};

#[test]
fn unusable_key_does_not_affect_other_keys() {
    let both = |one: Value, other: Value| json!({ "keys": [one, other] }).to_string();
    let no_object = |line, column| Err(KeySetError::NotAnObject { line, column });
    check("the issuer's own", &ISSUER.jwks(), Ok(10));
    check("members nobody knows", &with(set(&[ed()]), "version", json!(1)).to_string(), Ok(1));
    check("one kid for two algorithms", &both(ed(), with(ec(), "kid", ed()["kid"].clone())), Ok(2));
    check("one kid twice, once for encryption", &both(ed(), with(ed(), "use", json!("enc"))), Ok(1));
    check("the same key twice", &both(ed(), ed()), Ok(1));
    check("the same key twice, without kid", &both(without(ed(), "kid"), with(ed(), "kid", json!(null))), Ok(1));
    check("the same key under two kids", &both(ed(), with(ed(), "kid", json!("other"))), Ok(2));
    check("empty", r#"{"keys":[]}"#, Err(KeySetError::NoUsableKey));
    check("no list", "{}", Err(KeySetError::NoList));
    check("keys is an object", r#"{"keys":{}}"#, Err(KeySetError::NoList));
    check("a key is a string", r#"{"keys":["x"]}"#, Err(KeySetError::NoUsableKey));
    check("a key is a string, beside another", &both(ed(), json!("x")), Ok(1));
    check("a key is null, beside another", &both(ed(), json!(null)), Ok(1));
    let broken = set(&[ed()]).to_string().replacen('[', r#"[{"kty":"OKP","kty":"OKP"},"#, 1);
    check("a name twice in a key, beside another", &broken, Ok(1));
    let deep = set(&[ed()]).to_string().replacen('[', &format!("[{}{},", "[".repeat(100), "]".repeat(100)), 1);
    check("a key nested too deep, beside another", &deep, Ok(1));
    check("an array", &json!([ed()]).to_string(), no_object(1, 0));
    check("a name twice", r#"{"keys":[],"keys":[]}"#, no_object(1, 21));
    check("a name twice in a key", "{\n\"keys\":[{\"n\":1,\"\\u006e\":1}]}", Err(KeySetError::NoUsableKey));
    check("no JSON in a key", "{\n\"keys\":[{\"n\":}]}", no_object(2, 14));
    check("text after the set", "{} {}", no_object(1, 4));
}

#[test]
fn set_of_more_than_64_keys_is_refused() {
    let keys = |number: usize| -> Vec<_> { (0..number).map(|it| with(ed(), "kid", json!(it.to_string()))).collect() };
    check("64", &set(&keys(64)).to_string(), Ok(64));
    check("65", &set(&keys(65)).to_string(), Err(KeySetError::TooManyKeys));
}

#[test]
fn set_larger_than_512_kib_is_refused() {
    let padded = |length: usize| ISSUER.jwks() + &" ".repeat(length - ISSUER.jwks().len());
    check("512 KiB", &padded(512 * 1_024), Ok(10));
    check("one byte more", &padded(512 * 1_024 + 1), Err(KeySetError::TooLarge));
}

#[test]
fn unusable_key_is_left_out() {
    left_out("no kty", without(ed(), "kty"));
    left_out("kty is no string", with(ed(), "kty", json!(1)));
    left_out("unknown kty", with(ed(), "kty", json!("AKP")));
    left_out("kty in another case", with(ec(), "kty", json!("ec")));
    left_out("a shared secret", json!({ "kty": "oct", "kid": "EdDSA" }));
    for name in ["d", "dp", "dq", "k", "oth", "p", "q", "qi"] {
        left_out("private", with(rsa(), name, json!("AQ")));
    }
}

#[test]
fn a_secret_or_weak_key_causes_a_warning_and_a_key_for_another_purpose_does_not() {
    let warns = |key: Value| match jwk::read(key.as_object().unwrap()) {
        Err(Unusable::Faulty(_)) => true,
        Ok(_) | Err(Unusable::OtherPurpose(_)) => false,
    };
    assert!(warns(json!({ "kty": "oct" })));
    assert!(warns(with(ed(), "d", json!("AQ"))));
    assert!(warns(with(rsa(), "e", json!("AQ"))));
    assert!(!warns(with(ed(), "use", json!("enc"))));
    assert!(!warns(with(ed(), "kty", json!("AKP"))));
}

#[test]
fn point_that_is_not_on_its_curve_is_left_out() {
    let x = ec()["x"].clone();
    left_out("no curve", without(ec(), "crv"));
    left_out("another curve", with(ec(), "crv", json!("P-384")));
    left_out("an algorithm of another curve", with(ec(), "alg", json!("ES384")));
    left_out("a curve for signatures of money", with(ec(), "crv", json!("secp256k1")));
    left_out("not on the curve", with(ec(), "y", x.clone()));
    left_out("zero", with(with(ec(), "x", json!("A".repeat(43))), "y", json!("A".repeat(43))));
    left_out("short", with(ec(), "x", json!("AAAA")));
    left_out("long", with(ec(), "x", json!(format!("AAAA{}", x.as_str().unwrap()))));
    left_out("cut in the wrong place", cut_at_31());
    left_out("no y", without(ec(), "y"));
    left_out("padded", with(ec(), "x", json!(format!("{}=", x.as_str().unwrap()))));
}

#[test]
fn point_of_p_384_or_p_521_with_another_length_is_left_out() {
    for (algorithm, characters) in [(Algorithm::Es384, 64), (Algorithm::Es512, 88)] {
        let key = || ISSUER.jwk(algorithm);
        check("the key", &set(&[key()]).to_string(), Ok(1));
        assert_eq!(key()["x"].as_str().unwrap().len(), characters);
        left_out("not on the curve", with(key(), "y", key()["x"].clone()));
        left_out("of P-256", with(without(key(), "alg"), "crv", json!("P-256")));
        left_out("one byte less", with(key(), "x", json!(encode(&decode(&key()["x"])[1..]))));
    }
}

#[test]
fn edwards_key_of_another_length_is_left_out() {
    left_out("another curve", with(ed(), "crv", json!("X25519")));
    left_out("no curve", without(ed(), "crv"));
    left_out("31 bytes", with(ed(), "x", json!("A".repeat(42))));
    left_out("33 bytes", with(ed(), "x", json!("A".repeat(44))));
    left_out("the key in a certificate's form", with(ed(), "x", json!(spki())));
    left_out("empty", with(ed(), "x", json!("")));
    left_out("no x", without(ed(), "x"));
}

#[test]
fn rsa_key_outside_2048_to_8192_bits_or_with_a_bad_exponent_is_left_out() {
    let modulus = |bytes: usize| with(rsa(), "n", json!(encode(&[vec![0x80], vec![1; bytes - 1]].concat())));
    check("2,048 bits", &set(&[rsa()]).to_string(), Ok(1));
    check("8,192 bits", &set(&[with(rsa(), "n", json!(encode(&modulus_of_8192_bits())))]).to_string(), Ok(1));
    check("exponent 3", &set(&[with(rsa(), "e", json!("Aw"))]).to_string(), Ok(1));
    left_out("2,047 bits", with(rsa(), "n", json!(encode(&[vec![0x7f], vec![1; 255]].concat()))));
    left_out("1,024 bits", modulus(128));
    left_out("8,193 bits", with(rsa(), "n", json!(encode(&vec![1; 1_025]))));
    left_out("even", with(rsa(), "n", json!(encode(&vec![0xfe; 256]))));
    let modulus_of = |key: &Value| decode(&key["n"]);
    let zeros = with(rsa(), "n", json!(encode(&[vec![0; 3], modulus_of(&rsa())].concat())));
    check("zeros in front", &set(std::slice::from_ref(&zeros)).to_string(), Ok(1));
    check("zeros in front are the same key", &set(&[zeros, rsa()]).to_string(), Ok(1));
    left_out(
        "1,024 bits and zeros in front",
        with(rsa(), "n", json!(encode(&[vec![0; 128], modulus_of(&rsa())[..128].to_vec()].concat()))),
    );
    left_out("empty", with(rsa(), "n", json!("")));
    left_out("exponent 1", with(rsa(), "e", json!("AQ")));
    left_out("exponent 2", with(rsa(), "e", json!("Ag")));
    left_out("exponent 65536", with(rsa(), "e", json!("AQAA")));
    left_out("exponent 0", with(rsa(), "e", json!("AA")));
    check("exponent with a zero in front", &set(&[with(rsa(), "e", json!("AAEAAQ"))]).to_string(), Ok(1));
    left_out("exponent of 40 bits", with(rsa(), "e", json!("gAAAAAE")));
    left_out("no exponent", without(rsa(), "e"));
    left_out("for another algorithm", with(rsa(), "alg", json!("ES256")));
}

#[test]
fn unreadable_key_file_is_named_in_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let message = |outcome: Result<KeySet, KeyFileError>| outcome.unwrap_err().to_string();
    assert!(message(KeySet::from_jwks_file(&path)).contains("keys.json cannot be read"));
    fs::write(&path, b"\xff").unwrap();
    assert!(message(KeySet::from_jwks_file(&path)).contains("keys.json cannot be read"));
    fs::write(&path, "{").unwrap();
    assert!(message(KeySet::from_jwks_file(&path)).contains("keys.json are refused"));
    fs::write(&path, " ".repeat(513 * 1_024)).unwrap();
    assert!(matches!(KeySet::from_jwks_file(&path), Err(KeyFileError::Content { source: KeySetError::TooLarge, .. })));
    fs::write(&path, ISSUER.jwks()).unwrap();
    assert!(KeySet::from_jwks_file(&path).is_ok());
}

#[track_caller]
fn check(name: &str, text: &str, expected: Result<usize, KeySetError>) {
    let outcome = KeySet::from_jwks(text).map(|keys| format!("{keys:?}"));
    assert_eq!(outcome, expected.map(|number| format!("KeySet({number} keys)")), "{name}");
}

#[track_caller]
fn left_out(name: &str, key: Value) {
    check(name, &set(&[key]).to_string(), Err(KeySetError::NoUsableKey));
}

/// Odd, without a small factor, and neither prime nor of close factors.
fn modulus_of_8192_bits() -> Vec<u8> {
    let modulus = BigUint::from_bytes_be(&decode(&rsa()["n"]));
    let other = (BigUint::from(1_u32) << 6_144_u32) - 1_u32;
    let product = |step: u32| &modulus * (&other - 2 * step);
    let is_good = |number: &BigUint| number.bits() == 8_192 && rsa_weakness::find(&number.to_bytes_be()).is_none();
    (0..).map(product).find(is_good).unwrap().to_bytes_be()
}

fn set(keys: &[Value]) -> Value {
    json!({ "keys": keys })
}

fn ed() -> Value {
    ISSUER.jwk(Algorithm::EdDsa)
}

fn ec() -> Value {
    ISSUER.jwk(Algorithm::Es256)
}

fn rsa() -> Value {
    ISSUER.jwk(Algorithm::Rs256)
}

/// The right point, with the first coordinate ending one byte early.
fn cut_at_31() -> Value {
    let point = [decode(&ec()["x"]), decode(&ec()["y"])].concat();
    with(with(ec(), "x", json!(encode(&point[..31]))), "y", json!(encode(&point[31..])))
}

/// RFC 8410, section 4.
fn spki() -> String {
    format!("MCowBQYDK2VwAyEA{}", ed()["x"].as_str().unwrap())
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}
