//! Under a good signature, claims are refused or are good, and arrive as serde_json reads them.
#![no_main]

use secure_fuzz::{AUDIENCE, HEADER, ISSUER, NOW, claims, object, sign, verify};
use serde_json::{Map, Value};

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    if let Some(principal) = verify(&sign(HEADER.as_bytes(), text)) {
        let read = object(text);
        assert_good(&read);
        assert_eq!(Some(principal.id().subject()), read["sub"].as_str());
        assert_eq!(claims::of(principal), read);
    }
});

fn assert_good(claims: &Map<String, Value>) {
    assert_eq!(claims["iss"], ISSUER);
    assert!(holds(&claims["aud"], AUDIENCE));
    assert_ne!(claims["sub"], "");
    assert!((NOW as f64 - 30.0..253_402_300_800.0).contains(&claims["exp"].as_f64().unwrap()));
    for date in ["iat", "nbf"].iter().filter_map(|name| claims.get(*name)) {
        assert!((0.0..=NOW as f64 + 30.0).contains(&date.as_f64().unwrap()));
    }
    assert!(claims.get("roles").is_none_or(|roles| roles.as_array().unwrap().iter().all(Value::is_string)));
    assert!(claims.get("scope").is_none_or(Value::is_string));
    assert!(!claims.contains_key("cnf"), "there is no certificate");
}

fn holds(audience: &Value, name: &str) -> bool {
    audience == name || audience.as_array().is_some_and(|names| names.iter().any(|it| it == name))
}
