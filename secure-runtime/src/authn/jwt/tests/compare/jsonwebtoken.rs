//! The crate jsonwebtoken.

use expect_test::expect_file;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::super::ISSUER;
use super::{Corpus, assert_differences};
use crate::authn::Rejection;
use crate::authn::jwt::reason;

#[test]
fn differences_from_jsonwebtoken_are_known() {
    assert_differences(&expect_file!["differences/jsonwebtoken.txt"], answers, why);
}

/// A set with a key that it does not know is no set to it.
fn answers(corpus: &Corpus) -> Vec<bool> {
    let keys: Result<JwkSet, _> = serde_json::from_value(corpus.jwks.clone());
    corpus.tokens().map(|(.., token)| keys.as_ref().is_ok_and(|keys| accepts(token, keys).is_some())).collect()
}

/// One algorithm, the key's; every claim required that can be; `nbf` looked at; `typ` compared by the caller.
fn accepts(token: &str, keys: &JwkSet) -> Option<()> {
    let header = decode_header(token).ok()?;
    let jwk = key(&header, keys)?;
    let mut validation = Validation::new(algorithm(jwk)?);
    validation.set_audience(&["orders"]);
    validation.set_issuer(&[ISSUER.name()]);
    validation.set_required_spec_claims(&["aud", "exp", "iss", "sub"]);
    validation.validate_nbf = true;
    validation.leeway = 30;
    let typ = header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    let is_access_token = ["at+jwt", "application/at+jwt"].contains(&typ.as_str());
    decode::<Map<String, Value>>(token, &DecodingKey::from_jwk(jwk).ok()?, &validation)
        .ok()
        .filter(|_| is_access_token)?;
    Some(())
}

fn key<'a>(header: &Header, keys: &'a JwkSet) -> Option<&'a Jwk> {
    match &header.kid {
        Some(kid) => keys.find(kid),
        None => keys.keys.iter().find(|key| algorithm(key) == Some(header.alg)),
    }
}

fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    jwk.common.key_algorithm?.to_string().parse().ok()
}

fn why(class: &str, ours: Result<(), Rejection>) -> &'static str {
    match (class, ours) {
        (_, Err(reason::BINDING | reason::BOUND)) => "it knows no `cnf`; its caller would have to compare",
        (_, Err(reason::ROLES | reason::SCOPES)) => "it knows no roles and no scope; its caller would have to look",
        (_, Err(reason::EXPIRY)) => "it takes any number of seconds",
        (_, Err(reason::HEADER_TYPES)) => "it takes null for no `kid`",
        (_, Err(reason::HEADER_UNSUPPORTED)) => "it passes over what RFC 7515 says must be understood",
        (_, Err(reason::ISSUED)) => "it does not look at `iat`",
        (_, Err(reason::ISSUER)) => "it takes an array for a string, and one of several for all",
        (_, Err(reason::SUBJECT_TEXT)) => "it does not look at the characters of a name",
        (_, Err(reason::SUBJECT)) => "it takes an empty name for a name",
        (_, Ok(())) if class == "name of RFC 9864" => "it does not know `Ed25519`",
        ("not before" | "claims with another value", Ok(())) => "null is a claim of the wrong form to it",
        (_, Ok(())) => "it does not know ES512",
        ("duplicate in the claims", _) => "it finds two members only among the claims it knows itself",
        ("duplicate in the header", _) => "it finds two members only among those it knows itself",
        ("size and nesting", _) => "it sets no bounds of its own; serde_json stops at a depth of 128",
        _ => panic!("{class}: no reason is known"),
    }
}
