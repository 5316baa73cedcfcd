//! Checks 4 to 6: what a token looks like before anything in it is read.

use super::{ISSUER, Row, accepted, claims, good, header, refused, with};
use crate::authn::BearerToken;
use crate::authn::jwt::{Algorithm, reason};

pub(super) fn rows() -> Vec<Row> {
    [size(), parts(), alphabet()].into_iter().flatten().collect()
}

fn size() -> Vec<Row> {
    vec![
        accepted(4, "8,192 bytes", of_length(BearerToken::MAX_BYTES)),
        refused(4, "8,193 bytes", "x".repeat(BearerToken::MAX_BYTES + 1), reason::LONG),
    ]
}

fn parts() -> Vec<Row> {
    let token = good();
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    vec![
        accepted(5, "three parts", token.clone()),
        refused(5, "nothing", String::new(), reason::PARTS),
        refused(5, "dots alone", String::from(".."), reason::PARTS),
        refused(5, "two parts", format!("{header}.{payload}"), reason::PARTS),
        refused(5, "four parts", format!("{token}.{signature}"), reason::PARTS),
        refused(5, "five parts, as JWE has", format!("{token}.{payload}.{signature}"), reason::PARTS),
        refused(5, "no header", format!(".{payload}.{signature}"), reason::PARTS),
        refused(5, "detached payload", format!("{header}..{signature}"), reason::PARTS),
        refused(5, "no signature", format!("{header}.{payload}."), reason::PARTS),
        refused(5, "JSON serialization", json_serialization(header, payload, signature), reason::PARTS),
    ]
}

fn alphabet() -> Vec<Row> {
    vec![
        accepted(
            6,
            "url alphabet and zero trailing bits",
            with_header_part(&encoded(r#"{"alg":"EdDSA","kid":"EdDSA","typ":"at+jwt","a":"~~~???"}"#)),
        ),
        refused(6, "alphabet of plain base64", with_header_part("e30+"), reason::BASE64),
        refused(6, "slash of plain base64", with_header_part("e30/"), reason::BASE64),
        refused(6, "padded header", with_header_part(&format!("{}==", encoded("{}  "))), reason::BASE64),
        refused(6, "padded signature", format!("{}==", good()), reason::BASE64),
        refused(6, "one character over", with_header_part("e30e3"), reason::BASE64),
        refused(6, "trailing bits in the header", with_header_part("e31"), reason::BASE64),
        refused(6, "trailing bits in the signature", another_spelling(good()), reason::BASE64),
        refused(6, "blank inside", with_header_part("e3 0"), reason::BASE64),
        refused(6, "line feed at the end", format!("{}\n", good()), reason::BASE64),
        refused(6, "not ASCII", with_header_part("e30é"), reason::BASE64),
        refused(6, "NUL", with_header_part("e30\0"), reason::BASE64),
    ]
}

/// Pads the claims until the token has this length. Some lengths have no base64url text, so the header gives way too.
fn of_length(length: usize) -> String {
    let padded = |head: usize, body: usize| {
        ISSUER.sign(with(header(), "x", "x".repeat(head).into()), with(claims(), "x", "x".repeat(body).into()))
    };
    let body = (length - padded(0, 0).len()) * 3 / 4 - 6;
    let tokens = (0..4).flat_map(|head| (body..body + 12).map(move |body| padded(head, body)));
    tokens.into_iter().find(|token| token.len() == length).expect("some padding gives the length")
}

fn with_header_part(part: &str) -> String {
    let token = good();
    let payload = token.split('.').nth(1).unwrap();
    ISSUER.sign_parts(Algorithm::EdDsa, &format!("{part}.{payload}"))
}

fn encoded(text: &str) -> String {
    let token = ISSUER.sign_text(Algorithm::EdDsa, text, "{}");
    token.split('.').next().map(String::from).unwrap()
}

/// The same bytes with another last character: 64 bytes leave four bits of it unused.
fn another_spelling(mut token: String) -> String {
    let last = token.pop().unwrap();
    token.push((last as u8 + 1) as char);
    token
}

fn json_serialization(header: &str, payload: &str, signature: &str) -> String {
    format!(r#"{{"protected":"{header}","payload":"{payload}","signature":"{signature}"}}"#)
}
