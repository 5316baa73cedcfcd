//! Checks 12 to 14: which key, what keys are, and whether it signed.

use serde_json::{Value, json};

use super::{
    ISSUER, Row, accepted, claims, good, header, issuer, refused, with, with_claim, with_header, with_keys, without,
    without_header,
};
use crate::authn::jwt::{Algorithm, reason};
use crate::testing::TestIssuer;

pub(super) fn rows() -> Vec<Row> {
    [choice(), left_out(), signature()].into_iter().flatten().collect()
}

fn choice() -> Vec<Row> {
    let kid = |name: &str| with_header("kid", json!(name));
    vec![
        accepted(12, "the key of the kid", good()),
        accepted(12, "no kid, one key of the algorithm", without_header("kid")),
        refused(12, "no kid, two keys of the algorithm", without_header("kid"), reason::KEY_AMBIGUOUS)
            .by(set(&[ed("a"), with(stranger_ed(), "kid", json!("b"))])),
        accepted(12, "no kid, one key under two kids", without_header("kid")).by(set(&[ed("a"), ed("b")])),
        accepted(12, "a kid among two keys of the algorithm", kid("b")).by(set(&[ed("a"), ed("b")])),
        refused(12, "two keys of one kid and algorithm", good(), reason::KEY_AMBIGUOUS).by(set(&[
            ed("EdDSA"),
            stranger_ed(),
            ec(),
        ])),
        accepted(12, "another kid beside two keys of one kid", es256_under("ES256")).by(set(&[
            ed("EdDSA"),
            stranger_ed(),
            ec(),
        ])),
        accepted(12, "one kid for two algorithms, the first", good()).by(set(&[ed("EdDSA"), ec_as("EdDSA")])),
        accepted(12, "one kid for two algorithms, the second", es256_under("EdDSA"))
            .by(set(&[ed("EdDSA"), ec_as("EdDSA")])),
        refused(12, "no kid, no key of the algorithm", without_header("kid"), reason::KEY_UNKNOWN).by(set(&[ec()])),
        refused(12, "unknown kid, one key", kid("other"), reason::KEY_UNKNOWN),
        refused(12, "kid in another case", kid("eddsa"), reason::KEY_UNKNOWN),
        refused(12, "empty kid, key without one", kid(""), reason::KEY_UNKNOWN).by(set(&[without(ed("a"), "kid")])),
        refused(12, "kid, key without one", good(), reason::KEY_UNKNOWN).by(set(&[without(ed("a"), "kid")])),
        accepted(12, "no kid, key without one", without_header("kid")).by(set(&[without(ed("a"), "kid")])),
        refused(12, "kid of a key of another algorithm", kid("ES256"), reason::KEY_ALGORITHM),
        refused(12, "kid of RSA, alg ES256", es256_under("RS256"), reason::KEY_ALGORITHM),
    ]
}

/// The set holds a key that cannot be used beside one that can.
fn left_out() -> Vec<Row> {
    let beside = |key: Value| set(&[key, ec()]);
    let left_out = |name, member, value| {
        refused(13, name, good(), reason::KEY_UNKNOWN).by(beside(with(ed("EdDSA"), member, value)))
    };
    let kept = |name, member, value| accepted(13, name, good()).by(beside(with(ed("EdDSA"), member, value)));
    vec![
        kept("use is sig", "use", json!("sig")),
        kept("key_ops holds verify", "key_ops", json!(["sign", "verify"])),
        kept("alg is EdDSA", "alg", json!("EdDSA")),
        kept("alg is Ed25519", "alg", json!("Ed25519")),
        kept("a member nobody knows", "x5c", json!([1])),
        left_out("use is enc", "use", json!("enc")),
        left_out("use is no string", "use", json!(["sig"])),
        left_out("key_ops without verify", "key_ops", json!(["sign"])),
        left_out("key_ops is empty", "key_ops", json!([])),
        left_out("key_ops is no array", "key_ops", json!("verify")),
        left_out("alg of another type", "alg", json!("ES256")),
        left_out("alg unknown", "alg", json!("Ed448")),
        kept("alg is null", "alg", Value::Null),
        kept("use is null", "use", Value::Null),
        kept("key_ops is null", "key_ops", Value::Null),
        kept("private, null", "d", Value::Null),
        left_out("alg is no string", "alg", json!(1)),
        left_out("private", "d", json!("AA")),
        left_out("a shared secret in disguise", "k", json!("AA")),
        left_out("kid is no string", "kid", json!(1)),
    ]
}

fn signature() -> Vec<Row> {
    let token = good();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let other = with_claim("sub", json!("bob"));
    let (other_signed, _) = other.rsplit_once('.').unwrap();
    vec![
        accepted(14, "a header with blanks, as received", spaced_header()),
        refused(14, "claims of another token", format!("{other_signed}.{signature}"), reason::SIGNATURE),
        refused(14, "cut", format!("{signed}.{}", &signature[..84]), reason::SIGNATURE),
        refused(14, "zero", format!("{signed}.{}", "A".repeat(86)), reason::SIGNATURE),
        refused(14, "a key of another issuer", stranger("EdDSA"), reason::SIGNATURE),
        refused(14, "ES256 of another issuer", stranger("ES256"), reason::SIGNATURE),
        refused(14, "RS256 of another issuer", stranger("RS256"), reason::SIGNATURE),
        refused(14, "ES256, zero", format!("{}.{}", es256_signed(), "A".repeat(86)), reason::SIGNATURE),
        refused(14, "an expired token of another issuer", expired_stranger(), reason::SIGNATURE),
    ]
}

fn set(keys: &[Value]) -> crate::authn::jwt::Jwt {
    with_keys(issuer(), &json!({ "keys": keys }).to_string())
}

fn ed(kid: &str) -> Value {
    with(ISSUER.jwk(Algorithm::EdDsa), "kid", json!(kid))
}

fn stranger_ed() -> Value {
    STRANGER.jwk(Algorithm::EdDsa)
}

fn ec_as(kid: &str) -> Value {
    with(ec(), "kid", json!(kid))
}

fn ec() -> Value {
    ISSUER.jwk(Algorithm::Es256)
}

fn es256_under(kid: &str) -> String {
    ISSUER.sign(json!({ "alg": "ES256", "kid": kid, "typ": "at+jwt" }), claims())
}

fn es256_signed() -> String {
    es256_under("ES256").rsplit_once('.').unwrap().0.to_owned()
}

fn spaced_header() -> String {
    let header = header().to_string().replace(',', " ,\n ");
    ISSUER.sign_text(Algorithm::EdDsa, &header, &claims().to_string())
}

fn stranger(alg: &str) -> String {
    STRANGER.sign(json!({ "alg": alg, "kid": alg, "typ": "at+jwt" }), claims())
}

fn expired_stranger() -> String {
    STRANGER.sign(header(), with(claims(), "exp", json!(1)))
}

/// Has the name of the issuer, and other keys.
static STRANGER: std::sync::LazyLock<TestIssuer> = std::sync::LazyLock::new(|| TestIssuer::new(ISSUER.name()));
