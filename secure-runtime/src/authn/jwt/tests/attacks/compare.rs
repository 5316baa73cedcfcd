//! The same tokens, and another verifier: jsonwebtoken, configured with all the care its documentation asks for.

use std::fmt::Write as _;

use expect_test::expect_file;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{DecodingKey, Header, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::{Class, ISSUER, classes, jwks, now, verifier};

#[test]
fn differences_from_jsonwebtoken_are_known() {
    let text = classes().iter().filter_map(differences).collect::<String>();
    expect_file!["differences.txt"].assert_eq(&text);
}

fn differences(class: &Class) -> Option<String> {
    let (verifier, keys) = (verifier(), serde_json::from_value(jwks()).unwrap());
    let differ = class.attacks.iter().filter_map(|attack| {
        let ours = verifier.verify_at(&attack.token, None, now()).is_ok();
        let theirs = accepts(&attack.token, &keys).is_some();
        let verb = if theirs { "accepts" } else { "refuses" };
        (ours != theirs).then_some((verb, attack.name.as_str()))
    });
    let differ: Vec<_> = differ.collect();
    let mut text = format!("{} ({}): {}\n", class.name, class.clause, differ.first().map(|_| why(class.name))?);
    for (verb, name) in differ {
        writeln!(text, "  {verb} {name}").unwrap();
    }
    Some(text)
}

/// One algorithm, the key's; every claim required that can be; `nbf` looked at; `typ` compared by the caller.
fn accepts(token: &str, keys: &JwkSet) -> Option<()> {
    let header = decode_header(token).ok()?;
    let jwk = key(&header, keys)?;
    let algorithm = jwk.common.key_algorithm?.to_string().parse().ok()?;
    let mut validation = Validation::new(algorithm);
    validation.set_audience(&["orders"]);
    validation.set_issuer(&[ISSUER.name()]);
    validation.set_required_spec_claims(&["aud", "exp", "iss", "sub"]);
    validation.validate_nbf = true;
    validation.leeway = 30;
    let typ = header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    let is_access_token = ["at+jwt", "application/at+jwt"].contains(&typ.as_str());
    decode::<Map<String, Value>>(token, &DecodingKey::from_jwk(jwk).ok()?, &validation)
        .ok()
        .filter(|_| is_access_token)?;
    Some(())
}

fn key<'a>(header: &Header, keys: &'a JwkSet) -> Option<&'a Jwk> {
    match &header.kid {
        Some(kid) => keys.find(kid),
        None => keys
            .keys
            .iter()
            .find(|key| key.common.key_algorithm.is_some_and(|it| it.to_string() == format!("{:?}", header.alg))),
    }
}

/// Why the two verifiers differ about a class. What is accepted there and refused here is nothing to imitate.
fn why(class: &str) -> &'static str {
    match class {
        "binding" => "it knows no `cnf`; its caller would have to compare",
        "duplicate in the claims" => "it finds two members only among the claims it knows itself",
        "duplicate in the header" => "it finds two members only among those it knows itself",
        "expiry" => "it takes any number of seconds",
        "extension" => "it passes over what RFC 7515 says must be understood",
        "issued at" => "it does not look at `iat`",
        "issuer" => "it takes an array for a string, and one of several for all",
        "name of a key" => "it takes null for no `kid`",
        "roles" => "it knows no roles and no scope; its caller would have to look",
        "size and nesting" => "it sets no bounds of its own; serde_json stops at a depth of 128",
        "subject" => "it takes an empty name for a name",
        _ => panic!("{class}: no reason is known"),
    }
}
