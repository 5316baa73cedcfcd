//! Checks 18 and 19: when a token counts.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{
    ISSUER, NOW, Row, accepted, beginning_with, claims, good, header, refused, strict, with, with_claim, without,
    without_claim,
};
use crate::authn::Rejection;
use crate::authn::jwt::{Algorithm, Jwt, claims::Claims, lifetime::Lifetime, reason};

pub(super) fn rows() -> Vec<Row> {
    [exp(), expired_last(), nbf(), iat(), leeway(), longest()].into_iter().flatten().collect()
}

fn exp() -> Vec<Row> {
    let exp = |value| with_claim("exp", value);
    let wrong = |name, value| refused(18, name, exp(value), reason::EXPIRY);
    vec![
        accepted(18, "ahead", exp(json!(NOW + 1))),
        accepted(18, "within the leeway", exp(json!(NOW - 29))),
        refused(18, "at the end of the leeway", exp(json!(NOW - 30)), reason::EXPIRED),
        accepted(18, "a fraction before the end", exp(json!(NOW as f64 - 29.5))),
        refused(18, "a fraction after the end", exp(json!(NOW as f64 - 30.5)), reason::EXPIRED),
        accepted(18, "whole in the form of a fraction", exp(json!(NOW as f64 + 1.0))),
        accepted(18, "with an exponent", raw_exp("1.9e9")),
        refused(18, "1970", exp(json!(0)), reason::EXPIRED),
        accepted(18, "the last second of 9999", exp(json!(253_402_300_799_u64))),
        wrong("the year 10000", json!(253_402_300_800_u64)),
        wrong("a fraction into the year 10000", json!(253_402_300_799.5)),
        wrong("largest integer", json!(u64::MAX)),
        wrong("before 1970", json!(-1)),
        wrong("a fraction before 1970", json!(-0.5)),
        refused(18, "larger than any integer", raw_exp("18446744073709551616"), reason::EXPIRY),
        refused(18, "near infinity", raw_exp("1e308"), reason::EXPIRY),
        refused(18, "missing", without_claim("exp"), reason::EXPIRY),
        wrong("null", Value::Null),
        wrong("string", json!("1900000000")),
        wrong("array", json!([NOW + 600])),
        wrong("true", json!(true)),
    ]
}

/// "Expired" invites to come back with a newer token, so it is said only where that would help.
fn expired_last() -> Vec<Row> {
    let expired = |name, claim, value, why| {
        let claims = with(with(claims(), "exp", json!(NOW - 600)), claim, value);
        refused(18, name, ISSUER.sign(header(), claims), why)
    };
    vec![
        expired("expired, and of another issuer", "iss", json!("x"), reason::ISSUER),
        expired("expired, and for another audience", "aud", json!("x"), reason::AUDIENCE),
        expired("expired, and without a subject", "sub", json!(""), reason::SUBJECT),
        expired("expired, and with roles of the wrong form", "roles", json!(1), reason::ROLES),
        expired("expired, and issued ahead", "iat", json!(NOW + 600), reason::ISSUED),
        expired("expired, and nothing else", "x", json!(1), reason::EXPIRED),
    ]
}

fn nbf() -> Vec<Row> {
    past(
        "nbf",
        ["no nbf", "nbf past", "nbf within", "nbf ahead", "nbf a bit ahead", "nbf null", "nbf string", "nbf negative"],
        reason::NOT_BEFORE,
    )
}

fn iat() -> Vec<Row> {
    past(
        "iat",
        ["no iat", "iat past", "iat within", "iat ahead", "iat a bit ahead", "iat null", "iat string", "iat negative"],
        reason::ISSUED,
    )
}

fn past(claim: &str, names: [&'static str; 8], why: Rejection) -> Vec<Row> {
    let at = |value| with_claim(claim, value);
    vec![
        accepted(19, names[0], without_claim(claim)),
        accepted(19, names[1], at(json!(NOW - 1_000))),
        accepted(19, names[2], at(json!(NOW + 30))),
        refused(19, names[3], at(json!(NOW + 31)), why),
        refused(19, names[4], at(json!(NOW as f64 + 30.5)), why),
        accepted(19, names[5], at(Value::Null)),
        refused(19, names[6], at(json!(NOW.to_string())), why),
        refused(19, names[7], at(json!(-1)), why),
    ]
}

fn leeway() -> Vec<Row> {
    let (none, most) = (|| with_leeway(0), || with_leeway(300));
    vec![
        accepted(19, "no leeway, before the end", with_claim("exp", json!(NOW + 1))).by(none()),
        refused(19, "no leeway, at the end", with_claim("exp", json!(NOW)), reason::EXPIRED).by(none()),
        refused(19, "no leeway, not yet", with_claim("nbf", json!(NOW + 1)), reason::NOT_BEFORE).by(none()),
        accepted(19, "most leeway, before the end", with_claim("exp", json!(NOW - 299))).by(most()),
        refused(19, "most leeway, at the end", with_claim("exp", json!(NOW - 300)), reason::EXPIRED).by(most()),
    ]
}

fn longest() -> Vec<Row> {
    let longest = |seconds| strict().max_lifetime(Duration::from_secs(seconds));
    vec![
        accepted(19, "as long as allowed", good()).by(longest(600)),
        refused(19, "longer than allowed", good(), reason::LIFETIME).by(longest(599)),
        refused(19, "of unknown length", without_claim("iat"), reason::LIFETIME).by(longest(600)),
        refused(19, "of unknown length, iat null", with_claim("iat", Value::Null), reason::LIFETIME).by(longest(600)),
        accepted(19, "any length", with_claim("iat", json!(0))),
    ]
}

#[test]
fn token_is_refused_after_its_expiry_and_the_leeway() {
    let end = |leeway| {
        let lifetime = Lifetime::default().leeway(Duration::from_secs(leeway)).unwrap();
        let claims = Claims::read(claims().to_string().as_bytes(), crate::json::DEPTH).unwrap();
        lifetime.end(&claims, UNIX_EPOCH + Duration::from_secs(NOW))
    };
    assert_eq!(end(0), Ok(UNIX_EPOCH + Duration::from_secs(NOW + 600)));
    assert_eq!(end(30), Ok(UNIX_EPOCH + Duration::from_secs(NOW + 630)));
}

#[test]
fn clock_before_1970_refuses_every_token() {
    let token = ISSUER.sign(header(), without(without(claims(), "iat"), "nbf"));
    let outcome = strict().verify_at(&token, None, UNIX_EPOCH - Duration::from_secs(1));
    assert_eq!(outcome.unwrap_err(), reason::CLOCK);
}

fn raw_exp(number: &str) -> String {
    let claims = beginning_with(&without(claims(), "exp"), &format!("\"exp\":{number}"));
    ISSUER.sign_text(Algorithm::EdDsa, &header().to_string(), &claims)
}

fn with_leeway(seconds: u64) -> Jwt {
    strict().leeway(Duration::from_secs(seconds)).unwrap()
}
