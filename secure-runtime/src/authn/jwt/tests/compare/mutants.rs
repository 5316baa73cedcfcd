//! A good token with one thing changed, under a signature that holds.

use serde_json::{Value, json};

use super::super::{ISSUER, header, with, without};
use super::corpora::Tokens;
use super::good::claims;
use crate::authn::jwt::Algorithm;

pub(super) fn classes() -> Vec<Tokens> {
    let class = |name, clause, all| Tokens { name, clause, all };
    vec![
        class("header with another value", "RFC 7515, section 4.1", values(&header(), HEADER)),
        class("claims with another value", "RFC 7519, section 4.1", values(&claims(), CLAIMS)),
        class("header with another byte", "RFC 7515, section 4; RFC 8259", bytes(&header(), HEADER)),
        class("claims with another byte", "RFC 7519, section 4; RFC 8259", bytes(&claims(), CLAIMS)),
    ]
}

/// A token with this text in one of its two places.
type Place = fn(&str) -> String;

const HEADER: Place = |text| ISSUER.sign_text(Algorithm::EdDsa, text, &claims().to_string());
const CLAIMS: Place = |text| ISSUER.sign_text(Algorithm::EdDsa, &header().to_string(), text);

/// Each member missing, and with a value of each form.
fn values(object: &Value, place: Place) -> Vec<(String, String)> {
    let names = object.as_object().unwrap().keys();
    let mutants = names.flat_map(|name| {
        let changed = forms().into_iter().map(move |form| (format!("{name} {form}"), with(object.clone(), name, form)));
        changed.chain([(format!("no {name}"), without(object.clone(), name))])
    });
    mutants.map(|(name, object)| (name, place(&object.to_string()))).collect()
}

fn forms() -> Vec<Value> {
    vec![
        json!(null),
        json!(false),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e18),
        json!(u64::MAX),
        json!(""),
        json!("0"),
        json!("x"),
        json!([]),
        json!([null]),
        json!(["x"]),
        json!([["orders"]]),
        json!({}),
        json!({ "x": 1 }),
    ]
}

/// Each byte left out, doubled, and replaced by some that mean something to a reader of JSON.
fn bytes(object: &Value, place: Place) -> Vec<(String, String)> {
    let text = object.to_string();
    let mutants = (0..text.len()).flat_map(|at| {
        let (before, byte, after) = (&text[..at], &text[at..=at], &text[at + 1..]);
        let others = OTHERS.iter().map(|other| (*other).to_owned()).chain([String::new(), byte.repeat(2)]);
        others.filter(move |other| other != byte).map(move |other| {
            let (left, right) = (&before[before.len().saturating_sub(AROUND)..], &after[..after.len().min(AROUND)]);
            let name = format!("byte {at}: {}", format!("{left}{other}{right}").escape_debug());
            (name.replace("\\\"", "\""), place(&format!("{before}{other}{after}")))
        })
    });
    mutants.collect()
}

/// How much of the text is shown on each side.
const AROUND: usize = 8;

const OTHERS: [&str; 15] = ["\0", "\n", " ", "\"", "\\", "/", ",", "-", ".", "0", "9", "E", "[", "}", "\u{e9}"];
