//! Check 25: who acts for the subject (RFC 8693, section 4.1).

use serde_json::{Value, json};

use super::{Row, accepted, good, refused, strict, verify, with_claim};
use crate::authn::jwt::reason;

pub(super) fn rows() -> Vec<Row> {
    let good_rows = [
        ("nobody acts", good()),
        ("an actor", acted(json!({ "sub": "cart" }))),
        ("an actor of another issuer", acted(json!({ "sub": "cart", "iss": "https://id.example.org" }))),
        ("an actor with more claims", acted(json!({ "sub": "cart", "client_id": 7, "exp": 1 }))),
        ("four actors", acted(chain(4))),
        ("a statement for the issuer", with_claim("may_act", json!({ "sub": 7 }))),
    ];
    let wrong = [
        ("null", json!(null)),
        ("text", json!("cart")),
        ("a list", json!([{ "sub": "cart" }])),
        ("false", json!(false)),
        ("nobody", json!({})),
        ("an issuer alone", json!({ "iss": "https://id.example.com" })),
        ("an empty subject", json!({ "sub": "" })),
        ("a number", json!({ "sub": 7 })),
        ("no subject", json!({ "sub": null })),
        ("a blank", json!({ "sub": "my cart" })),
        ("an invisible character", json!({ "sub": "cart\u{200b}" })),
        ("a change of direction", json!({ "sub": "cart\u{202e}" })),
        ("an issuer that is empty", json!({ "sub": "cart", "iss": "" })),
        ("an issuer that is null", json!({ "sub": "cart", "iss": null })),
        ("an issuer with a blank", json!({ "sub": "cart", "iss": "https://id.example.com /" })),
        ("a second actor that is text", json!({ "sub": "cart", "act": "till" })),
        ("a second actor that is null", json!({ "sub": "cart", "act": null })),
        ("a second actor without a subject", json!({ "sub": "cart", "act": {} })),
    ];
    let good_rows = good_rows.into_iter().map(|(name, token)| accepted(25, name, token));
    let wrong = wrong.into_iter().map(|(name, act)| refused(25, name, acted(act), reason::ACTOR));
    good_rows.chain(wrong).chain([refused(25, "five actors", acted(chain(5)), reason::ACTORS)]).collect()
}

fn acted(act: Value) -> String {
    with_claim("act", act)
}

/// As many actors, one for the other.
fn chain(length: usize) -> Value {
    (1..length).fold(json!({ "sub": "first" }), |act, number| json!({ "sub": format!("actor{number}"), "act": act }))
}

#[test]
fn actors_include_the_current_and_earlier_ones() {
    let act = json!({ "sub": "cart", "act": { "sub": "till", "iss": "https://id.example.org" } });
    let principal = verify(&strict(), &acted(act)).unwrap();
    let actors = principal.actors().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(actors, ["https://id.example.com#cart", "https://id.example.org#till"]);
    assert_eq!(principal.id().to_string(), "https://id.example.com#alice");
    assert!(verify(&strict(), &good()).unwrap().actors().is_empty());
}
