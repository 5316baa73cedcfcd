//! Which API keys prove a caller, and which files are refused.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::file::{FileError, KeyList};
use super::*;
use crate::authn::jwt::{Audience, Issuer, Jwt, KeySet};
use crate::authn::{Authenticator as _, Mtls};
use crate::connection::Connection;
use crate::testing::TestIssuer;

const KEY: &str = "shop_4f9c2a7be1d84b0c9a3e5d6f7081a2b3";
const OTHER: &str = "shop_b3a28170f6d5e3a9c0b48d1eb7a2c9f4";

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn entry(name: &str, key: &str) -> Value {
    json!({ "name": name, "digest": ApiKeys::digest(key), "roles": ["clerk"], "scopes": ["read"], "exp": seconds() + 60 })
}

fn with(mut entry: Value, member: &str, value: Value) -> Value {
    entry[member] = value;
    entry
}

fn keys(entries: &[Value]) -> (TempDir, PathBuf, ApiKeys) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    fs::write(&path, json!({ "keys": entries }).to_string()).unwrap();
    let keys = ApiKeys::from_file("https://keys.example.com", &path).unwrap().prefix("shop_");
    (folder, path, keys)
}

fn ask(authenticator: &impl Authenticator, headers: &[(HeaderName, &str)]) -> Result<Option<Principal>, Rejection> {
    let mut map = HeaderMap::new();
    headers.iter().for_each(|(name, value)| _ = map.append(name, value.parse().unwrap()));
    match authenticator.authenticate(&CallHead::new("/shop.v1.Orders/Get", &map, &Connection::nowhere())) {
        Authentication::Ready(answer) => answer,
        Authentication::Pending(_) => panic!("the call waits"),
    }
}

fn x_api_key() -> HeaderName {
    HeaderName::from_static("x-api-key")
}

#[test]
fn key_of_the_file_gives_name_roles_scopes_and_expiry() {
    let (_folder, _, keys) = keys(&[entry("other", OTHER), entry("billing-job", KEY)]);
    let principal = ask(&keys, &[(x_api_key(), KEY)]).unwrap().unwrap();
    assert_eq!(principal.id().to_string(), "https://keys.example.com#billing-job");
    assert!(principal.has_role("clerk") && principal.has_scope("read") && principal.is_excluded_from_ownership());
    assert!(principal.expiry().is_some_and(|end| end <= SystemTime::now() + Duration::from_secs(60)));
    assert!(!ask(&keys.owners_and_tenants(), &[(x_api_key(), KEY)]).unwrap().unwrap().is_excluded_from_ownership());
}

#[test]
fn unknown_malformed_expired_or_second_key_is_refused() {
    let expired = with(entry("old", OTHER), "exp", json!(seconds() - 1));
    let (_folder, _, keys) = keys(&[entry("billing-job", KEY), expired]);
    let refused = |headers: &[(HeaderName, &str)]| ask(&keys, headers).unwrap_err();
    assert_eq!(refused(&[(x_api_key(), OTHER)]), EXPIRED);
    assert_eq!(refused(&[(x_api_key(), &KEY.replace('4', "5"))]), UNKNOWN);
    assert_eq!(refused(&[(x_api_key(), &KEY.to_uppercase().replace("SHOP", "shop"))]), UNKNOWN);
    assert_eq!(refused(&[(x_api_key(), &KEY[5..])]), MALFORMED);
    assert_eq!(refused(&[(x_api_key(), &format!("shop_{}", "a".repeat(600)))]), MALFORMED);
    assert_eq!(refused(&[(x_api_key(), "")]), MALFORMED);
    assert_eq!(refused(&[(x_api_key(), KEY), (x_api_key(), KEY)]), SEVERAL);
    let digest = ApiKeys::digest(KEY);
    assert_eq!(refused(&[(x_api_key(), &format!("shop_{digest}"))]), UNKNOWN, "a digest is not a key");
    assert!(ask(&keys, &[]).unwrap().is_none());
    assert!(ask(&keys, &[(AUTHORIZATION, &format!("Bearer {KEY}"))]).unwrap().is_none(), "another header");
}

#[test]
fn key_in_the_authorization_header_is_a_bearer_token() {
    let (_folder, _, keys) = keys(&[entry("billing-job", KEY)]);
    let keys = keys.header(AUTHORIZATION);
    assert!(ask(&keys, &[(AUTHORIZATION, &format!("Bearer {KEY}"))]).unwrap().is_some());
    assert!(ask(&keys, &[(AUTHORIZATION, KEY)]).is_err());
    assert_eq!(ask(&keys, &[(AUTHORIZATION, "Bearer another")]).unwrap_err(), MALFORMED);
    assert!(ask(&keys, &[(x_api_key(), KEY)]).unwrap().is_none());
}

#[test]
fn a_file_that_breaks_a_rule_is_refused_as_a_whole() {
    let refused = |entries: &[Value]| KeyList::read(&json!({ "keys": entries }).to_string()).err();
    let good = || entry("a", KEY);
    assert_eq!(refused(&[good(), entry("b", OTHER)]), None);
    assert_eq!(refused(&[]), None, "no key is a file, too: nobody has one");
    assert_eq!(refused(&[good(), entry("a", OTHER)]), Some(FileError::Duplicate));
    assert_eq!(refused(&[good(), entry("b", KEY)]), Some(FileError::Duplicate));
    for name in ["", "a b", "a\n", "\u{a0}"] {
        assert_eq!(refused(&[entry(name, KEY)]), Some(FileError::Name), "{name:?}");
    }
    for digest in ["", KEY, "AAAA", &format!("{}=", ApiKeys::digest(KEY))] {
        assert_eq!(refused(&[with(good(), "digest", json!(digest))]), Some(FileError::Digest), "{digest}");
    }
    let forms = [
        ("exp", json!(null)),
        ("exp", json!("2030-01-01")),
        ("exp", json!(-1)),
        ("exp", json!(u64::MAX)),
        ("roles", json!("clerk")),
        ("roles", json!([1])),
        ("key", json!(KEY)),
    ];
    for (member, value) in forms {
        assert_eq!(refused(&[with(good(), member, value.clone())]), Some(FileError::Form), "{member} {value}");
    }
    for text in ["", "[]", "{\"keys\":[],\"keys\":[]}", "{"] {
        assert_eq!(KeyList::read(text).err(), Some(FileError::NotAnObject), "{text}");
    }
    assert_eq!(KeyList::read("{}").err(), Some(FileError::Form));
    assert_eq!(KeyList::read(&" ".repeat(1 << 21)).err(), Some(FileError::TooLarge));
}

#[test]
fn errors_and_debug_output_have_no_digest() {
    let (_folder, path, keys) = keys(&[entry("billing-job", KEY)]);
    let digest = ApiKeys::digest(KEY);
    assert!(!format!("{keys:?}").contains(&digest));
    let broken = with(entry("a", KEY), "exp", json!(digest));
    fs::write(&path, json!({ "keys": [broken] }).to_string()).unwrap();
    let error = ApiKeys::from_file("x", &path).unwrap_err();
    assert!(error.to_string().contains("keys.json") && !format!("{error:?}").contains(&digest), "{error:?}");
    assert!(matches!(ApiKeys::from_file("x", path.with_extension("none")), Err(ApiKeyFileError::Read { .. })));
    let error = ApiKeys::from_json("x", &fs::read_to_string(&path).unwrap()).unwrap_err();
    assert!(matches!(error, ApiKeyFileError::Text { .. }) && !format!("{error:?} {error}").contains(&digest));
}

#[test]
fn keys_from_text_equal_keys_from_a_file() {
    let text = json!({ "keys": [entry("billing-job", KEY)] }).to_string();
    let keys = ApiKeys::from_json("https://keys.example.com", &text).unwrap().prefix("shop_");
    assert_eq!(ask(&keys, &[(x_api_key(), KEY)]).unwrap().unwrap().id().subject(), "billing-job");
    assert_eq!(ask(&keys, &[(x_api_key(), OTHER)]).unwrap_err(), UNKNOWN);
}

/// API keys and tokens that share the header `authorization`.
fn either() -> (TempDir, TestIssuer, impl Authenticator) {
    let (folder, _, keys) = keys(&[entry("billing-job", KEY)]);
    let issuer = TestIssuer::new("https://id.example.com");
    let set = KeySet::from_jwks(&issuer.jwks()).unwrap();
    let tokens = Jwt::new(Issuer::new(issuer.name()).unwrap(), Audience::new("orders").unwrap(), set);
    (folder, issuer, keys.header(AUTHORIZATION).either(tokens))
}

#[test]
fn first_authenticator_with_a_presented_credential_is_used() {
    let (_folder, issuer, either) = either();
    let subject = |value: &str| {
        ask(&either, &[(AUTHORIZATION, value)]).map(|it| it.map(|principal| principal.id().subject().to_owned()))
    };
    let token = issuer.token(json!({ "aud": "orders", "sub": "alice" }));
    assert_eq!(subject(&format!("Bearer {KEY}")), Ok(Some("billing-job".into())));
    assert_eq!(subject(&format!("Bearer {token}")), Ok(Some("alice".into())));
    assert_eq!(subject(&format!("Bearer {OTHER}")), Err(UNKNOWN), "a bad key is not tried as a token");
    assert!(subject("Bearer x").is_err() && subject("Basic x").is_err());
    assert!(ask(&either, &[]).unwrap().is_none());
}

#[test]
fn api_key_beside_a_certificate_authenticates() {
    let (_folder, _, keys) = keys(&[entry("billing-job", KEY)]);
    let beside = Mtls::new("https://ca.example.com").beside(keys);
    let principal = ask(&beside, &[(x_api_key(), KEY)]).unwrap().unwrap();
    assert_eq!(principal.id().subject(), "billing-job");
    assert_eq!(ask(&beside, &[(x_api_key(), OTHER)]).unwrap_err(), UNKNOWN);
    assert!(ask(&beside, &[]).unwrap().is_none());
    assert!(ask(&beside, &[(AUTHORIZATION, "Bearer x")]).unwrap().is_none(), "it never falls back to a certificate");
}
