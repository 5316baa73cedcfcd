//! An answer is refused, or it says in the eyes of another reader that the token is active, and for this service.
#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use secure_fuzz::{AUDIENCE, ISSUER, NOW, object};
use secure_runtime::ClientTls;
use secure_runtime::authn::introspection::{ClientSecret, Introspection, IntrospectionEndpoint};
use secure_runtime::authn::jwt::{Audience, Issuer};
use serde_json::{Map, Value};

/// Its endpoint is never asked.
static INTROSPECTION: LazyLock<Introspection> = LazyLock::new(|| {
    let (tls, secret) = (ClientTls::system_roots().unwrap(), ClientSecret::new("unused"));
    let endpoint = IntrospectionEndpoint::with_client_secret("https://id.example.com/introspect", "me", secret, tls);
    Introspection::new(Issuer::new(ISSUER).unwrap(), Audience::new(AUDIENCE).unwrap(), endpoint.unwrap())
});

libfuzzer_sys::fuzz_target!(|text: &str| {
    let now = UNIX_EPOCH + Duration::from_secs(NOW);
    if let Ok(principal) = INTROSPECTION.judge_at(text, None, now) {
        let answer = object(text.as_bytes());
        assert_good(&answer);
        assert_eq!(Some(principal.id().subject()), answer["sub"].as_str());
        assert_eq!(principal.id().issuer(), ISSUER);
    }
});

fn assert_good(answer: &Map<String, Value>) {
    assert_eq!(answer["active"], true);
    assert!(answer.get("iss").is_none_or(|issuer| issuer.is_null() || issuer == ISSUER));
    let audience = &answer["aud"];
    assert!(audience == AUDIENCE || audience.as_array().is_some_and(|names| names.iter().any(|it| it == AUDIENCE)));
    assert!(answer["token_type"].as_str().unwrap().eq_ignore_ascii_case("bearer"));
    assert!((NOW as f64 - 30.0..253_402_300_800.0).contains(&answer["exp"].as_f64().unwrap()));
    assert_ne!(answer["sub"], "");
    assert!(!answer.contains_key("cnf"), "there is no certificate");
}
