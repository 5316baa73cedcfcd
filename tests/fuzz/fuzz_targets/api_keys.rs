//! A text is refused, or it is a file of API keys: a key proves the caller that the file names for its digest.
#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue};
use secure_fuzz::object;
use secure_runtime::Authentication;
use secure_runtime::authn::ApiKeys;
use secure_runtime::testing::authenticate;

/// A key whose digest is in the seeds.
const KEY: &str = "shop_4f9c2a7be1d84b0c9a3e5d6f7081a2b3";
/// A key whose digest is nowhere.
const OTHER: &str = "shop_b3a28170f6d5e3a9c0b48d1eb7a2c9f4";

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(keys) = ApiKeys::from_json("https://keys.example.com", text) else { return };
    let file = object(text.as_bytes());
    assert!(caller(&keys, OTHER).is_none());
    if let Some(caller) = caller(&keys, KEY) {
        let entries = file["keys"].as_array().unwrap();
        assert!(entries.iter().any(|entry| entry["name"] == caller && entry["digest"] == ApiKeys::digest(KEY)));
    }
});

fn caller(keys: &ApiKeys, key: &'static str) -> Option<String> {
    let header = (HeaderName::from_static("x-api-key"), HeaderValue::from_static(key));
    match authenticate(keys, &HeaderMap::from_iter([header])) {
        Authentication::Ready(Ok(Some(principal))) => Some(principal.id().subject().to_owned()),
        _ => None,
    }
}
