//! Check 21: whose hands a token is in (RFC 8705, section 3.1).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{Row, accepted, good, refused, with_claim};
use crate::authn::jwt::reason;
use crate::tls::PeerCertificates;

pub(super) fn rows() -> Vec<Row> {
    [held(), not_held(), not_understood()].into_iter().flatten().collect()
}

fn held() -> Vec<Row> {
    vec![
        accepted(21, "the certificate of the connection", bound(thumbprint(LEAF))).from(peer()),
        accepted(21, "not bound, certificate", good()).from(peer()),
        accepted(21, "not bound, no certificate", good()),
    ]
}

fn not_held() -> Vec<Row> {
    let wrong = |name, thumbprint: String| refused(21, name, bound(thumbprint), reason::BOUND);
    vec![
        wrong("no certificate", thumbprint(LEAF)),
        wrong("another certificate", thumbprint(b"another")).from(peer()),
        wrong("the CA of the certificate", thumbprint(CA)).from(peer()),
        wrong("a cut thumbprint", thumbprint(LEAF)[..40].into()).from(peer()),
        wrong("the thumbprint of nothing", thumbprint(b"")),
        wrong("an empty thumbprint", String::new()).from(peer()),
        wrong("an empty thumbprint, no certificate", String::new()),
        wrong("the thumbprint in hexadecimal digits", hexadecimal()).from(peer()),
    ]
}

fn not_understood() -> Vec<Row> {
    let wrong = |name, cnf: Value| refused(21, name, with_claim("cnf", cnf), reason::BINDING).from(peer());
    let leaf = thumbprint(LEAF);
    vec![
        wrong("key thumbprint", json!({ "jkt": leaf })),
        wrong("key", json!({ "jwk": { "kty": "EC" } })),
        wrong("key id", json!({ "kid": "1" })),
        wrong("address of a key", json!({ "jku": "https://id.example.com" })),
        wrong("SHA-1", json!({ "x5t": leaf })),
        wrong("another case", json!({ "x5t#s256": leaf })),
        wrong("the certificate and a key", json!({ "x5t#S256": leaf, "jkt": leaf })),
        wrong("the certificate and nothing known", json!({ "x5t#S256": leaf, "x": null })),
        wrong("no method", json!({})),
        wrong("null", Value::Null),
        wrong("the thumbprint alone", json!(leaf)),
        wrong("array", json!([{ "x5t#S256": leaf }])),
        wrong("thumbprint is null", json!({ "x5t#S256": null })),
        wrong("thumbprint is an array", json!({ "x5t#S256": [leaf] })),
        wrong("padded", json!({ "x5t#S256": URL_SAFE.encode(hash(LEAF)) })),
        wrong("plain base64", json!({ "x5t#S256": STANDARD.encode(hash(LEAF)) })),
    ]
}

fn bound(thumbprint: String) -> String {
    with_claim("cnf", json!({ "x5t#S256": thumbprint }))
}

fn thumbprint(certificate: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(hash(certificate))
}

fn hexadecimal() -> String {
    hash(LEAF).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hash(certificate: &[u8]) -> Vec<u8> {
    digest(&SHA256, certificate).as_ref().to_vec()
}

fn peer() -> PeerCertificates {
    PeerCertificates::unverified_chain(&[LEAF, CA])
}

const LEAF: &[u8] = b"the leaf, as DER";
const CA: &[u8] = b"the CA, as DER";
