//! The same tokens, and other verifiers, each configured with all the care its documentation asks for.
//!
//! Where they differ from this crate's is kept, with the reason. What is accepted there and refused here is nothing to
//! imitate.

mod corpora;
mod good;
mod jose;
mod jsonwebtoken;
mod jwcrypto;
mod mutants;
mod program;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::SystemTime;

use expect_test::ExpectFile;

use self::corpora::{Corpus, corpora};
use crate::authn::Rejection;

pub(super) use self::corpora::{Tokens, forged};

/// Compares the answers of another verifier, one for each token of a corpus in order, with ours.
fn assert_differences(expected: &ExpectFile, accepts: impl Fn(&Corpus) -> Vec<bool>, why: Why) {
    let differences = corpora().iter().flat_map(|corpus| differences(corpus, &accepts(corpus), why)).collect();
    expected.assert_eq(&by_class(differences));
}

/// Why the two differ about a token of a class to which this crate's verifier gives that answer.
type Why = fn(&str, Result<(), Rejection>) -> &'static str;

struct Difference {
    class: String,
    why: &'static str,
    text: String,
}

fn differences(corpus: &Corpus, theirs: &[bool], why: Why) -> Vec<Difference> {
    let verifier = corpus.verifier();
    let tokens: Vec<_> = corpus.tokens().collect();
    assert_eq!(theirs.len(), tokens.len(), "every token has an answer");
    let difference = |((class, name, token), accepted): (&(&Tokens, &str, &str), &bool)| {
        let ours = verifier.verify_at(token, None, SystemTime::now()).map(|_| ());
        let verb = if *accepted { "accepts" } else { "refuses" };
        (ours.is_ok() != *accepted).then(|| Difference {
            class: format!("{} ({})", class.name, class.clause),
            why: why(class.name, ours),
            text: format!("{verb} {name}"),
        })
    };
    tokens.iter().zip(theirs).filter_map(difference).collect()
}

fn by_class(mut differences: Vec<Difference>) -> String {
    let mut text = String::new();
    while let Some(class) = differences.first().map(|it| it.class.clone()) {
        writeln!(text, "{class}").unwrap();
        by_reason(differences.extract_if(.., |it| it.class == class).collect(), &mut text);
    }
    text
}

fn by_reason(mut differences: Vec<Difference>, text: &mut String) {
    while let Some(why) = differences.first().map(|it| it.why) {
        writeln!(text, "  {why}").unwrap();
        let same = differences.extract_if(.., |it| it.why == why);
        same.for_each(|it| writeln!(text, "    {}", it.text).unwrap());
    }
}

#[test]
fn compared_tokens_are_thousands_with_distinct_names() {
    let corpora = corpora();
    let names: Vec<_> =
        corpora.iter().flat_map(|corpus| corpus.tokens().map(|(class, name, _)| (class.name, name))).collect();
    assert!(names.len() > 4_000, "{}", names.len());
    let mut seen = HashSet::new();
    assert_eq!(names.iter().find(|name| !seen.insert(**name)), None);
}
