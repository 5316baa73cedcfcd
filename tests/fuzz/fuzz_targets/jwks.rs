//! A text is refused, or it is a set of keys, none of which verifies a token that others signed.
#![no_main]

use secure_fuzz::{AUDIENCE, GOOD, ISSUER, object, verify_by};
use secure_runtime::authn::jwt::{Algorithm, Audience, Issuer, Jwt, KeySet};
use serde_json::{Map, Value};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(keys) = KeySet::from_jwks(text) {
        assert_good(&object(text.as_bytes()));
        let algorithms = [Algorithm::ASYMMETRIC, &[Algorithm::Hs256]].concat();
        let issuer = Issuer::new(ISSUER).unwrap().algorithms(algorithms);
        let verifier = Jwt::new(issuer, Audience::new(AUDIENCE).unwrap(), keys);
        assert!(GOOD.iter().all(|token| verify_by(&verifier, token).is_none()));
    }
});

fn assert_good(set: &Map<String, Value>) {
    let keys = set["keys"].as_array().unwrap();
    assert!(keys.iter().any(is_public) && keys.len() <= 64);
}

fn is_public(key: &Value) -> bool {
    ["EC", "OKP", "RSA"].iter().any(|kty| key["kty"] == *kty) && key.get("d").is_none_or(Value::is_null)
}
