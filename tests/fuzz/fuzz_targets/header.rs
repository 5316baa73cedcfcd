//! Under a good signature, a header is refused or is what its issuer's are.
#![no_main]

use secure_fuzz::{CLAIMS, object, sign, verify};
use serde_json::{Map, Value, json};

libfuzzer_sys::fuzz_target!(|header: &[u8]| {
    if verify(&sign(header, CLAIMS.as_bytes())).is_some() {
        assert_good(&object(header));
    }
});

fn assert_good(header: &Map<String, Value>) {
    assert_eq!(header["alg"], json!("HS256"));
    assert!(header["typ"].as_str().unwrap().to_lowercase().trim_start_matches("application/") == "at+jwt");
    assert!(header.len() <= 64);
    for name in ["b64", "crit", "enc", "kid", "zip"] {
        assert!(!header.contains_key(name), "{name}");
    }
}
