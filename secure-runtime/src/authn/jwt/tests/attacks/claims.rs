//! Claims that a good signature does not make good.

use serde_json::{Value, json};

use super::{Attack, Class, accepted, good, refused, seconds, with_claim, without_claim};
use crate::authn::Rejection;
use crate::authn::jwt::reason;

pub(super) fn classes() -> Vec<Class> {
    vec![
        Class { name: "issuer", clause: "RFC 7519, section 4.1.1; RFC 8725, section 3.8", attacks: issuer() },
        Class { name: "audience", clause: "RFC 7519, section 4.1.3; RFC 8725, section 3.9", attacks: audience() },
        Class { name: "expiry", clause: "RFC 7519, section 4.1.4", attacks: expiry() },
        Class { name: "not before", clause: "RFC 7519, section 4.1.5", attacks: start("nbf", reason::NOT_BEFORE) },
        Class { name: "issued at", clause: "RFC 7519, section 4.1.6", attacks: start("iat", reason::ISSUED) },
        Class { name: "subject", clause: "RFC 7519, section 4.1.2; RFC 9068, section 2.2", attacks: subject() },
        Class { name: "binding", clause: "RFC 8705, section 3.1; RFC 7800, section 3.1", attacks: binding() },
        Class { name: "roles", clause: "RFC 9068, section 2.2.3.1; RFC 8693, section 4.2", attacks: roles() },
    ]
}

fn issuer() -> Vec<Attack> {
    let values = [
        json!(null),
        json!(""),
        json!("https://evil.example"),
        json!("https://id.example.com/"),
        json!("https://id.example.com.evil.example"),
        json!("https://ID.EXAMPLE.COM"),
        json!("http://id.example.com"),
        json!(" https://id.example.com"),
        json!("https://id.example.com\0"),
        json!(["https://id.example.com"]),
        json!(["https://evil.example", "https://id.example.com"]),
        json!({ "https://id.example.com": 1 }),
    ];
    all("iss", reason::ISSUER, values)
}

fn audience() -> Vec<Attack> {
    let values = [
        json!(null),
        json!(""),
        json!([]),
        json!("billing"),
        json!(["billing", "stock"]),
        json!("Orders"),
        json!("orders "),
        json!("orders billing"),
        json!("orders,billing"),
        json!("order"),
        json!("orders2"),
        json!("*"),
        json!(["*"]),
        json!(["orders", 1]),
        json!(["orders", null]),
        json!([["orders"]]),
        json!({ "orders": 1 }),
        json!(true),
    ];
    let controls = [json!("orders"), json!(["orders"]), json!(["billing", "orders"]), json!(["orders", "orders"])];
    let control = |value: Value| accepted(value.to_string(), with_claim("aud", value));
    all("aud", reason::AUDIENCE, values).into_iter().chain(controls.into_iter().map(control)).collect()
}

fn expiry() -> Vec<Attack> {
    let values = [
        json!(null),
        json!(""),
        json!("4000000000"),
        json!([4_000_000_000_u64]),
        json!({ "seconds": 4_000_000_000_u64 }),
        json!(true),
        json!(-1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!(253_402_300_800_u64),
    ];
    let late = |seconds_ago: u64| with_claim("exp", json!(seconds() - seconds_ago));
    let dates = vec![
        refused("in milliseconds", with_claim("exp", json!((seconds() + 600) * 1_000)), reason::EXPIRY),
        refused("in 1970", with_claim("exp", json!(0)), reason::EXPIRED),
        refused("an hour ago", late(3_600), reason::EXPIRED),
        refused("45 seconds ago", late(45), reason::EXPIRED),
        refused("a fraction of an hour ago", with_claim("exp", json!(seconds() as f64 - 3_600.5)), reason::EXPIRED),
        accepted("ahead by a fraction", with_claim("exp", json!(seconds() as f64 + 600.5))),
    ];
    all("exp", reason::EXPIRY, values).into_iter().chain(dates).collect()
}

fn start(claim: &str, why: Rejection) -> Vec<Attack> {
    let values = [json!(""), json!("1000000000"), json!([0]), json!(-1), json!(false), json!(1e300)];
    let ahead = |name, by: u64| refused(name, with_claim(claim, json!(seconds() + by)), why);
    let ahead = [ahead("in a year", 31_536_000), ahead("in an hour", 3_600), ahead("in milliseconds", seconds() * 999)];
    let absent = [accepted("missing", without_claim(claim)), accepted("null", with_claim(claim, json!(null)))];
    let values = values.into_iter().map(|value| refused(value.to_string(), with_claim(claim, value), why));
    values.chain(ahead).chain(absent).collect()
}

fn subject() -> Vec<Attack> {
    let values = [json!(null), json!(""), json!(0), json!(["alice"]), json!({ "id": "alice" }), json!(true)];
    let misleading =
        ["alice\0", " alice", "alice ", "al ice", "alice\u{200b}", "\u{202e}ecila", "alice\u{feff}", "\u{a0}"];
    let misleading =
        misleading.into_iter().map(|it| refused(format!("{it:?}"), with_claim("sub", json!(it)), reason::SUBJECT_TEXT));
    all("sub", reason::SUBJECT, values).into_iter().chain(misleading).collect()
}

fn binding() -> Vec<Attack> {
    let thumbprint = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    let values = [
        json!({ "jkt": thumbprint }),
        json!({ "jwk": { "kty": "OKP" } }),
        json!({ "kid": "1" }),
        json!({ "x5t#S256": thumbprint, "jkt": thumbprint }),
        json!({ "x5t#S256": null }),
        json!({}),
        json!(null),
        json!([]),
        json!(thumbprint),
    ];
    let values = values.into_iter().map(|value| refused(value.to_string(), with_claim("cnf", value), reason::BINDING));
    let stolen = refused("stolen", with_claim("cnf", json!({ "x5t#S256": thumbprint })), reason::BOUND);
    values.chain([stolen, accepted("not bound", good())]).collect()
}

fn roles() -> Vec<Attack> {
    let roles = [json!("admin"), json!({ "admin": true }), json!([["admin"]]), json!(["reader", 1]), json!([""])];
    let scopes = [json!(["admin"]), json!("a  b"), json!(" a"), json!("a\tb"), json!("\u{e9}"), json!(1)];
    let with = |claim: &'static str, why| {
        move |value: Value| refused(format!("{claim} {value}"), with_claim(claim, value), why)
    };
    let wrong = roles
        .into_iter()
        .map(with("roles", reason::ROLES))
        .chain(scopes.into_iter().map(with("scope", reason::SCOPES)));
    let absent = ["roles", "scope"].map(|claim| accepted(format!("{claim} null"), with_claim(claim, json!(null))));
    wrong
        .chain(absent)
        .chain([refused("257 roles", with_claim("roles", json!(vec!["r"; 257])), reason::ROLES)])
        .collect()
}

/// The claim with each of these values, and without the claim.
fn all(claim: &str, why: Rejection, values: impl IntoIterator<Item = Value>) -> Vec<Attack> {
    let values = values.into_iter().map(|value| refused(value.to_string(), with_claim(claim, value), why));
    values.chain([refused("missing", without_claim(claim), why)]).collect()
}
