//! What narrows a rule, the request aside: scopes, credentials and peers.

use std::collections::BTreeSet;

use super::super::{Credential, peer};
use super::{Reader, quoted};
use crate::diagnostic::{Diagnostics, Refused, Rule};

impl Reader<'_> {
    pub(super) fn scopes(&self, found: &mut Diagnostics) -> Result<Vec<String>, Refused> {
        let problem = |scope: &str| (!is_scope(scope)).then_some("is no scope");
        self.texts("scope", &self.rule.required_scopes, problem, Rule::InvalidScope, SCOPE, found)
    }

    pub(super) fn peers(&self, found: &mut Diagnostics) -> Result<Vec<String>, Refused> {
        self.texts("peer", &self.rule.peers, peer::problem, Rule::InvalidPeer, PEER, found)
    }

    pub(super) fn credentials(&self, found: &mut Diagnostics) -> Result<Vec<Credential>, Refused> {
        let credentials = self.rule.required_credentials.iter().map(|number| Credential::of(*number));
        let credentials = credentials.collect::<Option<Vec<_>>>();
        let is_set = |it: &Vec<_>| it.iter().collect::<BTreeSet<_>>().len() == it.len();
        credentials.filter(is_set).ok_or_else(|| {
            found.error(
                Rule::InvalidCredential,
                &self.rule.at,
                format!("{} requires a credential that is none, or one twice", self.whose),
                "a credential is `CREDENTIAL_JWT` or `CREDENTIAL_MTLS`, and stands in a rule once",
            )
        })
    }

    fn texts(
        &self,
        kind: &str,
        texts: &[String],
        problem: impl Fn(&str) -> Option<&'static str>,
        rule: Rule,
        help: &str,
        found: &mut Diagnostics,
    ) -> Result<Vec<String>, Refused> {
        let mut seen = BTreeSet::new();
        let problems = texts.iter().map(|text| {
            let problem = problem(text).or_else(|| (!seen.insert(text)).then_some("is given twice"));
            let Some(problem) = problem else { return Ok(text.clone()) };
            Err(found.error(
                rule,
                &self.rule.at,
                format!("the {kind} {} in {} {problem}", quoted(text), self.whose),
                help,
            ))
        });
        problems.collect::<Vec<_>>().into_iter().collect()
    }
}

/// RFC 6749, section 3.3.
fn is_scope(scope: &str) -> bool {
    let is_character = |byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~');
    (1..=LONGEST_SCOPE).contains(&scope.len()) && scope.bytes().all(is_character)
}

const LONGEST_SCOPE: usize = 256;

const SCOPE: &str = "a scope is 1 to 256 ASCII characters without blank, quote and backslash (RFC 6749, section 3.3), and stands in a rule once";

const PEER: &str = "a peer is a SPIFFE ID, a DNS name in lower case, or a SPIFFE ID whose last segment is `**`, and stands in a rule once";

#[cfg(test)]
mod tests;
