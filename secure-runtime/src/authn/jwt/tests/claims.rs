//! Checks 15 to 17, 20 and 22: what the claims say.

use serde_json::{Value, json};

use super::{
    ISSUER, Row, accepted, beginning_with, claims, good, header, issuer, refused, verifier, with_claim, without_claim,
};
use crate::authn::jwt::{Algorithm, Jwt, ListClaim, reason};
use crate::json::DEPTH;

pub(super) fn rows() -> Vec<Row> {
    [object(), iss(), aud(), sub(), roles(), scope(), scope_as_roles()].into_iter().flatten().collect()
}

fn object() -> Vec<Row> {
    let wrong = |name, claims: &str| refused(15, name, text(claims), reason::CLAIMS);
    let members = |members: &str| beginning_with(&claims(), members);
    vec![
        accepted(15, "blanks around", text(&format!(" {}\n", claims()))),
        accepted(15, "more than 64 members", text(&members(&many_members()))),
        accepted(15, "nested as deep as allowed", text(&members(&nested(DEPTH - 1)))),
        wrong("nested too deep", &members(&nested(DEPTH))),
        wrong("nested without end", &members(&format!("\"a\":{}", "[".repeat(4_000)))),
        wrong("array for an object", "[]"),
        wrong("array of an object", &format!("[{}]", claims())),
        wrong("string for an object", "\"\""),
        wrong("null for an object", "null"),
        wrong("nothing", " "),
        wrong("text after the object", &format!("{}{}", claims(), claims())),
        wrong("NUL after the object", &format!("{}\0", claims())),
        wrong("comma before the end", &claims().to_string().replacen('}', ",}", 1)),
        wrong("sub twice", &members(r#""sub":"root""#)),
        wrong("sub twice through an escape", &members(r#""s\u0075b":"root""#)),
        wrong("duplicate deep inside", &members(r#""a":{"b":[{"c":0,"\u0063":0}]}"#)),
        wrong("half a surrogate", &members(r#""a":"\ud800""#)),
        wrong("number beyond all", &members(r#""a":1e999"#)),
        wrong("NaN", &members(r#""a":NaN"#)),
        refused(15, "not UTF-8", ISSUER.sign_parts(Algorithm::EdDsa, &not_utf8()), reason::CLAIMS),
    ]
}

fn iss() -> Vec<Row> {
    let wrong = |name, value: Value| refused(16, name, with_claim("iss", value), reason::ISSUER);
    vec![
        accepted(16, "the issuer", with_claim("iss", json!("https://id.example.com"))),
        refused(16, "missing", without_claim("iss"), reason::ISSUER),
        wrong("null", Value::Null),
        wrong("array", json!(["https://id.example.com"])),
        wrong("slash at the end", json!("https://id.example.com/")),
        wrong("another case", json!("https://ID.example.com")),
        wrong("longer", json!("https://id.example.com.evil.example")),
        wrong("shorter", json!("https://id.example.co")),
        wrong("another one", json!("https://evil.example")),
    ]
}

fn aud() -> Vec<Row> {
    let wrong = |name, value: Value| refused(17, name, with_claim("aud", value), reason::AUDIENCE);
    vec![
        accepted(17, "string", with_claim("aud", json!("orders"))),
        accepted(17, "array of one", with_claim("aud", json!(["orders"]))),
        accepted(17, "array of several", with_claim("aud", json!(["stock", "orders"]))),
        refused(17, "missing", without_claim("aud"), reason::AUDIENCE),
        wrong("null", Value::Null),
        wrong("empty array", json!([])),
        wrong("empty string", json!("")),
        wrong("mixed, ours first", json!(["orders", 1])),
        wrong("mixed, ours last", json!([null, "orders"])),
        wrong("array in an array", json!([["orders"]])),
        wrong("object", json!({ "orders": true })),
        wrong("another", json!("stock")),
        wrong("others", json!(["stock", "billing"])),
        wrong("longer", json!("orders2")),
        wrong("another case", json!("Orders")),
        wrong("words", json!("stock orders")),
    ]
}

fn sub() -> Vec<Row> {
    let wrong = |name, value: Value| refused(20, name, with_claim("sub", value), reason::SUBJECT);
    vec![
        accepted(20, "any visible text", with_claim("sub", json!("Ünïcode|text/日本"))),
        refused(20, "missing", without_claim("sub"), reason::SUBJECT),
        wrong("null", Value::Null),
        wrong("empty", json!("")),
        wrong("number", json!(7)),
        wrong("array", json!(["alice"])),
    ]
}

fn roles() -> Vec<Row> {
    let wrong = |name, value: Value| refused(22, name, with_claim("roles", value), reason::ROLES);
    vec![
        accepted(22, "roles", good()),
        accepted(22, "no claim", without_claim("roles")),
        accepted(22, "no roles", with_claim("roles", json!([]))),
        accepted(22, "256 roles", with_claim("roles", json!(vec!["r"; 256]))),
        accepted(22, "role of 256 bytes", with_claim("roles", json!(["r".repeat(256)]))),
        wrong("257 roles", json!(vec!["r"; 257])),
        wrong("role of 257 bytes", json!(["r".repeat(257)])),
        wrong("role of 257 bytes in 256 characters", json!([format!("{}é", "r".repeat(255))])),
        wrong("empty role", json!(["reader", ""])),
        wrong("string", json!("reader")),
        accepted(22, "null is absent", with_claim("roles", Value::Null)),
        wrong("object", json!({ "reader": true })),
        wrong("mixed", json!(["reader", 1])),
        wrong("array in an array", json!([["reader"]])),
    ]
}

fn scope() -> Vec<Row> {
    let wrong = |name, value: Value| refused(22, name, with_claim("scope", value), reason::SCOPES);
    vec![
        accepted(22, "no scope", without_claim("scope")),
        accepted(22, "empty scope", with_claim("scope", json!(""))),
        accepted(22, "256 scopes", with_claim("scope", json!(vec!["s"; 256].join(" ")))),
        wrong("257 scopes", json!(vec!["s"; 257].join(" "))),
        wrong("scope of 257 bytes", json!("s".repeat(257))),
        accepted(22, "scope null is absent", with_claim("scope", Value::Null)),
        wrong("scope is an array", json!(["orders:read"])),
        wrong("scope is a number", json!(1)),
        wrong("two spaces", json!("a  b")),
        wrong("space at the start", json!(" a")),
        wrong("space at the end", json!("a ")),
        wrong("tab between", json!("a\tb")),
        wrong("quotation mark", json!("a\"b")),
        wrong("backslash", json!("a\\b")),
        wrong("scope not ASCII", json!("é")),
    ]
}

fn scope_as_roles() -> Vec<Row> {
    let wrong = |name, value| refused(22, name, with_claim("scp", value), reason::ROLES).by(from_words("scp"));
    vec![
        accepted(22, "roles from scope", good()).by(from_words("scope")),
        accepted(22, "roles from elsewhere, wrong form here", with_claim("roles", json!(1))).by(from_words("scope")),
        wrong("array for words", json!(["a"])),
        wrong("comma for a space", json!("a,\u{e9}")),
    ]
}

fn text(claims: &str) -> String {
    ISSUER.sign_text(Algorithm::EdDsa, &header().to_string(), claims)
}

fn not_utf8() -> String {
    let token = good();
    format!("{}.eyL_IjoxfQ", token.split('.').next().unwrap())
}

fn many_members() -> String {
    (0..65).map(|it| format!("\"{it}\":0")).collect::<Vec<_>>().join(",")
}

fn nested(arrays: usize) -> String {
    format!("\"a\":{}{}", "[".repeat(arrays), "]".repeat(arrays))
}

fn from_words(claim: &str) -> Jwt {
    verifier(issuer().roles_from([ListClaim::words([claim])]))
}
