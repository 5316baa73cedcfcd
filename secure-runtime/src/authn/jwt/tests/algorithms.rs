//! Checks 11 to 14: every algorithm, and the one a key is good for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{ISSUER, Row, accepted, claims, issuer, refused, verifier, with, with_keys, without};
use crate::authn::jwt::{Algorithm, Audience, Jwt, KeySet, SecretError, reason};

pub(super) fn rows() -> Vec<Row> {
    [signed(), unlisted(), one_algorithm(), secrets()].into_iter().flatten().collect()
}

fn signed() -> Vec<Row> {
    let names = Algorithm::ASYMMETRIC.iter().map(|algorithm| algorithm.as_str());
    names.map(|name| accepted(14, name, token(name, name)).by(all())).collect()
}

fn unlisted() -> Vec<Row> {
    let usual = |algorithm: &&Algorithm| !Algorithm::DEFAULT.contains(algorithm);
    let names = Algorithm::ASYMMETRIC.iter().filter(usual).map(|algorithm| algorithm.as_str());
    names.map(|name| refused(11, name, token(name, name), reason::ALGORITHM)).collect()
}

/// RFC 8725, section 3.1.
fn one_algorithm() -> Vec<Row> {
    let rsa = || set(Algorithm::ASYMMETRIC, &[without(ISSUER.jwk(Algorithm::Rs256), "alg")]);
    let only = |algorithm| set(&[algorithm], &[without(ISSUER.jwk(Algorithm::Rs256), "alg")]);
    let pss = || set(Algorithm::ASYMMETRIC, &[with(ISSUER.jwk(Algorithm::Ps256), "kid", json!("RS256"))]);
    vec![
        accepted(12, "RSA without alg is RS256", token("RS256", "RS256")).by(rsa()),
        refused(12, "RSA without alg is not RS512", token("RS512", "RS256"), reason::KEY_ALGORITHM).by(rsa()),
        refused(12, "RSA without alg is not PS256", token("PS256", "RS256"), reason::KEY_ALGORITHM).by(rsa()),
        accepted(12, "RSA without alg, issuer of PS384", token("PS384", "RS256")).by(only(Algorithm::Ps384)),
        accepted(12, "RSA of PS256", token("PS256", "RS256")).by(pss()),
        refused(12, "RSA of PS256 is not RS256", token("RS256", "RS256"), reason::KEY_ALGORITHM).by(pss()),
        refused(12, "P-384 is not ES256", token("ES256", "ES384"), reason::KEY_ALGORITHM).by(all()),
        refused(12, "P-256 is not ES384", token("ES384", "ES256"), reason::KEY_ALGORITHM).by(all()),
    ]
}

fn secrets() -> Vec<Row> {
    let hs = |algorithm| by_secret(algorithm, algorithm);
    let named = |name| unnamed(Algorithm::Hs256, json!({ "kid": name }));
    let token = |algorithm| unnamed(algorithm, json!({}));
    vec![
        accepted(14, "HS256", token(Algorithm::Hs256)).by(hs(Algorithm::Hs256)),
        accepted(14, "HS384", token(Algorithm::Hs384)).by(hs(Algorithm::Hs384)),
        accepted(14, "HS512", token(Algorithm::Hs512)).by(hs(Algorithm::Hs512)),
        refused(12, "HS256 with a kid", named("HS256"), reason::KEY_UNKNOWN).by(hs(Algorithm::Hs256)),
        refused(12, "a secret of HS512 is not of HS256", token(Algorithm::Hs256), reason::KEY_UNKNOWN)
            .by(by_secret(Algorithm::Hs512, Algorithm::Hs256)),
        refused(11, "HS256 where the issuer does not say so", token(Algorithm::Hs256), reason::ALGORITHM)
            .by(by_secret(Algorithm::Hs256, Algorithm::EdDsa)),
        refused(12, "HS256, and no secret", token(Algorithm::Hs256), reason::KEY_UNKNOWN)
            .by(verifier(issuer().algorithms([Algorithm::Hs256, Algorithm::Rs256]))),
        refused(14, "HS256, cut", cut(token(Algorithm::Hs256)), reason::SIGNATURE).by(hs(Algorithm::Hs256)),
    ]
}

#[test]
fn short_or_guessable_secret_is_refused() {
    let secret: Vec<u8> = (0..64_u8).map(|it| it.wrapping_mul(it) ^ 0x5a).collect();
    let take = |algorithm, secret: &[u8]| KeySet::from_secret(algorithm, secret).map(|_| ());
    for (algorithm, bytes) in [(Algorithm::Hs256, 32), (Algorithm::Hs384, 48), (Algorithm::Hs512, 64)] {
        assert_eq!(take(algorithm, &secret[..bytes]), Ok(()), "{algorithm}");
        assert_eq!(take(algorithm, &secret[..bytes - 1]), Err(SecretError::Short), "{algorithm}");
    }
    assert_eq!(take(Algorithm::Hs256, b""), Err(SecretError::Short));
    assert_eq!(take(Algorithm::Rs256, &secret), Err(SecretError::NoSecret));
    assert_eq!(take(Algorithm::Hs256, b"9f86d081884c7d659a2feaa0c55ad015"), Ok(()), "hexadecimal digits");
    let counting: Vec<u8> = (0..64).collect();
    let guessable: [&[u8]; 6] = [
        b"abcdefggbadcfeggcabdgefgdcbaggfe",
        &[0; 32],
        &[b'x'; 64],
        b"secretsecretsecretsecretsecretse",
        b"0123456789abcdef0123456789abcdef",
        &counting,
    ];
    assert_eq!(take(Algorithm::Hs256, b"abcdefghbadcfehgcabdgefhdcbahgfe"), Ok(()), "8 different bytes");
    for secret in guessable {
        assert_eq!(take(Algorithm::Hs256, secret), Err(SecretError::Guessable), "{secret:?}");
    }
}

#[test]
fn a_published_secret_or_one_of_words_is_refused() {
    let take = |secret: &[u8]| KeySet::from_secret(Algorithm::Hs256, secret).map(|_| ());
    let samples = [
        "a-string-secret-at-least-256-bits-long",
        "super-secret-jwt-token-with-at-least-32-characters-long",
        "your-256-bit-secret-your-name-here",
        "My0wnPassword!ForTheTokens-2024-xyz",
        "please-change-me-before-production-42",
        "THIS_IS_AN_EXAMPLE_KEY_OF_32_BYTES!",
    ];
    for sample in samples {
        assert_eq!(take(sample.as_bytes()), Err(SecretError::Sample), "{sample}");
    }
    let rfc_7515 = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    assert_eq!(take(&URL_SAFE_NO_PAD.decode(rfc_7515).unwrap()), Err(SecretError::Sample));
    assert_eq!(take(b"kV9#xQ2!mZ7$wL4&pT8*rB1^nJ6@hF3%"), Ok(()));
}

fn token(alg: &str, kid: &str) -> String {
    ISSUER.sign(json!({ "alg": alg, "kid": kid, "typ": "at+jwt" }), claims())
}

fn unnamed(algorithm: Algorithm, mut header: Value) -> String {
    header["alg"] = json!(algorithm.as_str());
    header["typ"] = json!("at+jwt");
    ISSUER.sign(header, claims())
}

fn cut(token: String) -> String {
    token[..token.len() - 3].to_owned()
}

fn all() -> Jwt {
    verifier(issuer().algorithms(Algorithm::ASYMMETRIC.iter().copied()))
}

fn set(algorithms: &[Algorithm], keys: &[Value]) -> Jwt {
    with_keys(issuer().algorithms(algorithms.iter().copied()), &json!({ "keys": keys }).to_string())
}

fn by_secret(secret: Algorithm, listed: Algorithm) -> Jwt {
    let keys = KeySet::from_secret(secret, ISSUER.secret()).unwrap();
    Jwt::new(issuer().algorithms([listed]), Audience::new("orders").unwrap(), keys)
}
