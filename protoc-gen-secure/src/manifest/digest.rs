//! The digest of a service: equal for equal rules, wherever they are written.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Method, Rule};

/// The SHA-256, in hexadecimal, of `{"methods":{NAME:RULE,...},"service":NAME}`: JSON without blanks, members and lists in
/// the order of their bytes. The rule of a vendored service stands between the two.
pub(crate) fn digest(service: &str, methods: &BTreeMap<String, Method>, rule: Option<&Rule>) -> String {
    let methods = methods.iter().map(|(name, method)| (name.as_str(), &method.rule)).collect();
    let rules = serde_json::to_vec(&Rules { methods, rule, service }).expect("names are strings");
    Sha256::digest(rules).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The members are in the order of their bytes.
#[derive(Serialize)]
struct Rules<'a> {
    methods: BTreeMap<&'a str, &'a Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a Rule>,
    service: &'a str,
}
