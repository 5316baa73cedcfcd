//! Checks 7 to 11: what the header says.

use serde_json::{Map, Value, json};

use super::{
    ISSUER, Row, accepted, beginning_with, claims, good, header, issuer, refused, verifier, with, with_header,
    with_keys, without, without_header,
};
use crate::authn::jwt::{Algorithm, Jwt, TokenType, reason};

pub(super) fn rows() -> Vec<Row> {
    [object(), types(), unsupported(), typ(), foreign_keys(), alg()].into_iter().flatten().collect()
}

fn object() -> Vec<Row> {
    vec![
        accepted(7, "64 members", with_members(64)),
        refused(7, "65 members", with_members(65), reason::HEADER_MEMBERS),
        refused(7, "array for an object", text(r#"["EdDSA","EdDSA","at+jwt"]"#), reason::HEADER),
        refused(7, "string for an object", text(r#""EdDSA""#), reason::HEADER),
        refused(7, "null for an object", text("null"), reason::HEADER),
        refused(7, "no JSON", text("{"), reason::HEADER),
        refused(7, "byte order mark", text(&format!("\u{feff}{}", header())), reason::HEADER),
        refused(7, "text after the object", text(&format!("{} {{}}", header())), reason::HEADER),
        refused(7, "alg twice", text(&beginning_with(&header(), r#""alg":"none""#)), reason::HEADER),
        refused(
            7,
            "alg twice through an escape",
            text(&beginning_with(&header(), r#""\u0061lg":"none""#)),
            reason::HEADER,
        ),
        refused(7, "kid twice, alike", text(&beginning_with(&header(), r#""kid":"EdDSA""#)), reason::HEADER),
        refused(7, "duplicate deep inside", text(&beginning_with(&header(), r#""a":[{"b":1,"b":1}]"#)), reason::HEADER),
        refused(7, "not UTF-8", not_utf8(), reason::HEADER),
    ]
}

fn types() -> Vec<Row> {
    let wrong = |name, value| refused(7, name, with_header(name, value), reason::HEADER_TYPES);
    vec![
        wrong("alg", json!(["EdDSA"])),
        wrong("cty", json!(1)),
        wrong("jku", json!({})),
        wrong("jwk", json!("x")),
        wrong("kid", json!(1)),
        wrong("typ", Value::Null),
        wrong("x5c", json!("x")),
        wrong("x5t", json!([])),
        wrong("x5t#S256", json!(true)),
        wrong("x5u", json!(1)),
    ]
}

fn unsupported() -> Vec<Row> {
    let wrong = |name, member, value| refused(8, name, with_header(member, value), reason::HEADER_UNSUPPORTED);
    vec![
        accepted(8, "a member nobody knows", with_header("x-tenant", json!("acme"))),
        wrong("crit", "crit", json!(["exp"])),
        wrong("crit, empty", "crit", json!([])),
        wrong("crit, null", "crit", Value::Null),
        wrong("b64, false", "b64", json!(false)),
        wrong("b64, true", "b64", json!(true)),
        wrong("zip", "zip", json!("DEF")),
        wrong("enc", "enc", json!("A128GCM")),
    ]
}

fn typ() -> Vec<Row> {
    let typ = |name: &str| with_header("typ", json!(name));
    vec![
        accepted(9, "at+jwt", good()),
        accepted(9, "at+jwt in another case", typ("AT+JWT")),
        accepted(9, "application/at+jwt", typ("application/at+jwt")),
        accepted(9, "application/at+jwt in another case", typ("Application/At+Jwt")),
        refused(9, "JWT", typ("JWT"), reason::TYPE),
        refused(9, "no typ", without_header("typ"), reason::TYPE),
        refused(9, "a parameter", typ("at+jwt; v=1"), reason::TYPE),
        refused(9, "a blank", typ(" at+jwt"), reason::TYPE),
        refused(9, "empty", typ(""), reason::TYPE),
        accepted(9, "JWT where the issuer says so", typ("JWT")).by(of_jwt()),
        accepted(9, "jwt where the issuer says so", typ("jwt")).by(of_jwt()),
        accepted(9, "no typ where the issuer says so", without_header("typ")).by(of_jwt()),
        accepted(9, "at+jwt where the issuer says JWT", typ("at+jwt")).by(of_jwt()),
        refused(9, "logout token", typ("logout+jwt"), reason::TYPE).by(of_jwt()),
        refused(9, "proof of possession", typ("dpop+jwt"), reason::TYPE).by(of_jwt()),
        refused(9, "empty where the issuer says JWT", typ(""), reason::TYPE).by(of_jwt()),
    ]
}

/// Signed with a key that the token brings, and that the verifier does not have.
fn foreign_keys() -> Vec<Row> {
    let own_key = ISSUER.jwk(Algorithm::Rs256);
    let brings = |name, value| {
        let header = with(with(header(), "alg", json!("RS256")), name, value);
        refused(10, name, ISSUER.sign(without(header, "kid"), claims()), reason::KEY_UNKNOWN).by(without_rs256())
    };
    vec![
        accepted(10, "jku beside a good signature", with_header("jku", json!("https://evil.example"))),
        accepted(10, "another jwk beside a good signature", with_header("jwk", own_key.clone())),
        brings("jwk", own_key),
        brings("jku", json!("https://id.example.com/keys")),
        brings("x5u", json!("https://id.example.com/cert")),
        brings("x5c", json!(["MIIB"])),
    ]
}

fn alg() -> Vec<Row> {
    let alg = |name: &str| with_header("alg", json!(name));
    let signed = |name: &str, kid: &str| ISSUER.sign(json!({ "alg": name, "kid": kid, "typ": "at+jwt" }), claims());
    vec![
        accepted(11, "EdDSA", alg("EdDSA")),
        accepted(11, "Ed25519", alg("Ed25519")),
        refused(11, "none", alg("none"), reason::ALGORITHM),
        refused(11, "no alg", without_header("alg"), reason::ALGORITHM),
        refused(11, "empty", alg(""), reason::ALGORITHM),
        refused(11, "EdDSA in another case", alg("eddsa"), reason::ALGORITHM),
        refused(11, "HS256", alg("HS256"), reason::ALGORITHM),
        refused(11, "Ed448", alg("Ed448"), reason::ALGORITHM),
        refused(11, "an algorithm the issuer does not use", alg("EdDSA"), reason::ALGORITHM).by(of_es256()),
        refused(11, "a synonym of one the issuer does not use", alg("Ed25519"), reason::ALGORITHM).by(of_es256()),
        accepted(11, "the algorithm the issuer uses", signed("ES256", "ES256")).by(of_es256()),
    ]
}

fn text(header: &str) -> String {
    ISSUER.sign_text(Algorithm::EdDsa, header, &claims().to_string())
}

/// The base64url of `{"` and a byte that no UTF-8 text has.
fn not_utf8() -> String {
    ISSUER.sign_parts(Algorithm::EdDsa, "eyL_IjoxfQ.e30")
}

fn with_members(number: usize) -> String {
    let mut members: Map<String, Value> = header().as_object().cloned().unwrap();
    members.extend((members.len()..number).map(|it| (it.to_string(), Value::Null)));
    ISSUER.sign(Value::Object(members), claims())
}

fn of_jwt() -> Jwt {
    verifier(issuer().token_type(TokenType::Jwt))
}

fn of_es256() -> Jwt {
    verifier(issuer().algorithms([Algorithm::Es256]))
}

fn without_rs256() -> Jwt {
    with_keys(issuer(), &json!({ "keys": [ISSUER.jwk(Algorithm::EdDsa)] }).to_string())
}
