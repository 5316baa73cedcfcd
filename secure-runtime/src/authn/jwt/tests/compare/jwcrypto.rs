//! PyPI's jwcrypto.

use std::process::Command;

use expect_test::expect_file;

use super::{assert_differences, program};
use crate::authn::Rejection;
use crate::authn::jwt::reason;

#[test]
fn differences_from_jwcrypto_are_known() {
    if let Some(python) = program::installed("python/bin/python") {
        let script = program::source("python/verify.py");
        let accepts = |corpus: &_| program::accepts(Command::new(&python).arg("-B").arg(&script), corpus);
        assert_differences(&expect_file!["differences/jwcrypto.txt"], accepts, why);
    }
}

fn why(class: &str, ours: Result<(), Rejection>) -> &'static str {
    match (class, ours) {
        (_, Err(reason::BINDING | reason::BOUND)) => "it knows no `cnf`; its caller would have to compare",
        (_, Err(reason::ROLES)) => "it knows no roles; its caller would have to look",
        (_, Err(reason::SCOPES)) => "it looks for one word in `scope`, and not at its form",
        (_, Err(reason::BASE64)) => "Python drops padding, and what is left of the last character",
        (_, Err(reason::EXPIRY | reason::NOT_BEFORE)) => "it takes any number of seconds, true and false among them",
        (_, Err(reason::ISSUED)) => "it wants what `int` takes, or null, and does not compare it",
        (_, Err(reason::HEADER_UNSUPPORTED)) => "it passes over `zip`, `enc`, an empty `crit` and a `b64` that is true",
        (_, Err(reason::SUBJECT_TEXT)) => "it does not look at the characters of a name",
        (_, Err(reason::SUBJECT)) => "it takes null and an empty name for a name",
        (_, Ok(())) if class == "name of RFC 9864" => "it does not know `Ed25519`",
        ("not before" | "claims with another value", Ok(())) => "null is a claim of the wrong form to it",
        (_, Ok(())) => "it looks at `nbf` only where it must be there",
        ("duplicate in the claims" | "duplicate in the header", _) => "Python takes the last of two members",
        ("form of the claims" | "form of the header", _) => "Python takes half a surrogate, NaN and infinity",
        ("size and nesting", _) => "it sets no bounds of its own; Python stops at its depth of recursion",
        _ => panic!("{class}: no reason is known"),
    }
}
