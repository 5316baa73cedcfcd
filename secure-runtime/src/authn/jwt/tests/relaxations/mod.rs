//! Every relaxation, and the tokens of all corpora whose answer it changes.
//!
//! `changed.txt` lists them: the setting, the reason for which the tokens are refused without it, and the tokens.

mod made;
mod settings;

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use expect_test::expect_file;

use self::settings::{Setting, settings};
use super::{NOW, ROWS, attacks, compare, strict};
use crate::authn::Rejection;
use crate::authn::jwt::Jwt;
use crate::tls::PeerCertificates;

/// A token, and how it is presented.
struct Presented {
    name: String,
    token: String,
    peer: Option<PeerCertificates>,
    now: SystemTime,
}

impl Presented {
    fn outcome(&self, verifier: &Jwt) -> Result<(), Rejection> {
        verifier.verify_at(&self.token, self.peer.as_ref(), self.now).map(drop)
    }
}

/// The rows of the checks, forged and mutated tokens, and tokens that are made for the relaxations.
fn corpus() -> Vec<Presented> {
    let now = UNIX_EPOCH + Duration::from_secs(NOW);
    let rows = ROWS.iter().map(|row| {
        let name = format!("check {}: {}", row.check, row.name);
        Presented { name, token: row.token.clone(), peer: row.peer.clone(), now }
    });
    let made = made::tokens().into_iter().map(|(name, token)| Presented { name, token, peer: None, now });
    let forged = compare::forged().flat_map(|class| {
        class.all.into_iter().map(move |(name, token)| {
            let name = format!("{}: {name}", class.name);
            Presented { name, token, peer: None, now: attacks::now() }
        })
    });
    rows.chain(made).chain(forged).collect()
}

#[test]
fn each_relaxation_accepts_only_tokens_refused_for_its_documented_reasons() {
    let strict = strict();
    let refused: Vec<_> =
        corpus().into_iter().filter_map(|token| token.outcome(&strict).err().map(|reason| (token, reason))).collect();
    assert!(refused.len() > 3_000, "{}", refused.len());
    let mut text = String::new();
    for Setting { name, reasons, verifier } in settings() {
        let accepted: Vec<_> = refused.iter().filter(|(token, _)| token.outcome(&verifier).is_ok()).collect();
        for (Presented { name: token, .. }, reason) in &accepted {
            assert!(reasons.contains(reason), "{name} accepts {token}, which is refused without it: {reason}");
            assert!(!token.contains(made::FORGED), "{name} accepts {token}");
        }
        writeln!(text, "{name}").unwrap();
        for reason in reasons {
            writeln!(text, "  {reason}").unwrap();
            let mut tokens = accepted.iter().filter(|(_, why)| why == reason).peekable();
            assert!(tokens.peek().is_some(), "{name} changes no answer of this reason: {reason}");
            tokens.for_each(|(token, _)| writeln!(text, "    {}", token.name).unwrap());
        }
    }
    expect_file!["changed.txt"].assert_eq(&text);
}

#[test]
fn manual_names_each_relaxation_and_the_reasons_that_it_changes() {
    let manual = include_str!("../../checks.md");
    for Setting { name, reasons, .. } in settings() {
        let row = manual.lines().find(|line| line.starts_with(&format!("| [`{name}`]")));
        let row = row.unwrap_or_else(|| panic!("no row for {name}"));
        assert!(reasons.iter().all(|reason| row.contains(reason.reason())), "{name}: {row}");
    }
}
