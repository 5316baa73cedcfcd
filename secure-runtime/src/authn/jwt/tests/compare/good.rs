//! Good tokens of one algorithm, and the same with another signature.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::{ISSUER, with, without};
use super::corpora::Tokens;
use crate::authn::jwt::Algorithm;

pub(super) fn classes(algorithm: Algorithm) -> Vec<Tokens> {
    vec![
        Tokens { name: "good token", clause: "RFC 7515, section 5.2; RFC 7518, section 3", all: good(algorithm) },
        Tokens { name: "name of RFC 9864", clause: "RFC 9864, section 2.2", all: renamed(algorithm) },
        Tokens { name: "another signature", clause: "RFC 7515, section 5.2", all: resigned(algorithm) },
    ]
}

fn good(algorithm: Algorithm) -> Vec<(String, String)> {
    let (header, claims) = (header(algorithm), claims());
    let headers = [
        ("as it should be", header.clone()),
        ("type in full", with(header.clone(), "typ", json!("application/at+jwt"))),
        ("type in capitals", with(header.clone(), "typ", json!("AT+JWT"))),
        ("unknown member", with(header.clone(), "x", json!({ "y": [null] }))),
        ("without kid", unnamed(header.clone())),
    ];
    let others = [
        ("two audiences", with(claims.clone(), "aud", json!(["billing", "orders"]))),
        ("fraction of a second", with(claims.clone(), "exp", json!(4_102_444_800.5))),
        ("without iat", without(claims.clone(), "iat")),
        ("without nbf", without(claims.clone(), "nbf")),
        ("without roles and scope", without(without(claims.clone(), "roles"), "scope")),
        ("subject in Greek", with(claims.clone(), "sub", json!("\u{3b1}\u{301}\u{1d6fc}"))),
        ("claims of others", with(claims.clone(), "x", json!({ "y": [1.5e300, -1, true, "\0"] }))),
    ];
    let headers = headers.into_iter().map(|(name, header)| (name, ISSUER.sign(header, claims.clone())));
    let others = others.into_iter().map(|(name, claims)| (name, ISSUER.sign(header.clone(), claims)));
    headers.chain(others).map(|(name, token)| (format!("{algorithm}, {name}"), token)).collect()
}

fn renamed(algorithm: Algorithm) -> Vec<(String, String)> {
    let token = || ISSUER.sign(with(header(algorithm), "alg", json!("Ed25519")), claims());
    (algorithm == Algorithm::EdDsa).then(|| ("Ed25519".to_owned(), token())).into_iter().collect()
}

fn resigned(algorithm: Algorithm) -> Vec<(String, String)> {
    let token = ISSUER.sign(header(algorithm), claims());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let flipped = (0..signature.len()).step_by(7).map(|place| {
        let mut signature = signature.clone();
        signature[place] ^= 1 << (place % 8);
        (format!("bit {} of byte {place}", place % 8), signature)
    });
    let others = [
        ("cut", signature[..signature.len() - 1].to_vec()),
        ("longer", [&signature[..], &[0]].concat()),
        ("longer in front", [&[0], &signature[..]].concat()),
        ("backwards", signature.iter().rev().copied().collect()),
        ("zeros", vec![0; signature.len()]),
        ("ones", vec![0xff; signature.len()]),
    ];
    let others = others.into_iter().map(|(name, signature)| (name.to_owned(), signature));
    let name = |(name, bytes): (_, Vec<u8>)| {
        (format!("{algorithm}, {name}"), format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes)))
    };
    flipped.chain(others).map(name).collect()
}

/// A shared secret has no `kid`.
fn header(algorithm: Algorithm) -> Value {
    let header = json!({ "alg": algorithm.as_str(), "kid": algorithm.as_str(), "typ": "at+jwt" });
    if Algorithm::ASYMMETRIC.contains(&algorithm) { header } else { unnamed(header) }
}

fn unnamed(mut header: Value) -> Value {
    header.as_object_mut().unwrap().remove("kid");
    header
}

/// Good today and for long, so that no verifier has to be told the time.
pub(super) fn claims() -> Value {
    json!({
        "iss": ISSUER.name(), "aud": "orders", "sub": "alice", "exp": 4_102_444_800_u64, "iat": 1, "nbf": 1,
        "roles": ["reader"], "scope": "orders:read",
    })
}
