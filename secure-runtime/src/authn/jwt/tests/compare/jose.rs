//! npm's jose.

use std::process::Command;

use expect_test::expect_file;

use super::{assert_differences, program};
use crate::authn::Rejection;
use crate::authn::jwt::reason;

#[test]
fn differences_from_jose_are_known() {
    if let Some(jose) = program::installed("node/node_modules/jose/dist/webapi/index.js") {
        let script = program::source("node/verify.mjs");
        let accepts = |corpus: &_| program::accepts(Command::new("node").arg(&script).arg(&jose), corpus);
        assert_differences(&expect_file!["differences/jose.txt"], accepts, why);
    }
}

fn why(class: &str, ours: Result<(), Rejection>) -> &'static str {
    match (class, ours) {
        (_, Err(reason::BINDING | reason::BOUND)) => "it knows no `cnf`; its caller would have to compare",
        (_, Err(reason::ROLES | reason::SCOPES)) => "it knows no roles and no scope; its caller would have to look",
        (_, Err(reason::AUDIENCE)) => "it looks for the audience in an array of anything",
        (_, Err(reason::BASE64)) => "it skips blanks and padding, and drops what is left of the last character",
        (_, Err(reason::EXPIRY | reason::ISSUED | reason::NOT_BEFORE)) => "it takes any number of seconds",
        (_, Err(reason::HEADER_UNSUPPORTED)) => {
            "it passes over `zip` and `enc`, and over `b64` where `crit` does not name it"
        }
        (_, Err(reason::SUBJECT_TEXT)) => "it does not look at the characters of a name",
        (_, Err(reason::SUBJECT)) => "it wants a `sub` and does not look at it",
        (_, Ok(())) if class == "name of RFC 9864" => "a key of `EdDSA` is none of `Ed25519` to it",
        ("not before" | "claims with another value", Ok(())) => "null is a claim of the wrong form to it",
        (_, Ok(())) => "its `maxTokenAge`, without which it does not look at `iat`, wants an `iat`",
        ("duplicate in the claims" | "duplicate in the header", _) => "`JSON.parse` takes the last of two members",
        ("form of the claims" | "form of the header", _) => {
            "its readers skip a byte order mark, and take half a surrogate and infinity"
        }
        ("size and nesting", _) => "it sets no bounds of its own",
        ("claims with another byte", Err(reason::CLAIMS)) => "a number beyond all is infinity to `JSON.parse`",
        _ => panic!("{class}: no reason is known"),
    }
}
