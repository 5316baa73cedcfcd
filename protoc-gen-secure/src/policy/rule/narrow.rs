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
mod tests {
    use expect_test::{Expect, expect};

    use crate::testing::diagnose;

    /// Checks `Orders.Get` with this in its braces.
    #[track_caller]
    fn check(options: &str, expected: Expect) {
        expected
            .assert_eq(&diagnose(&format!("service Orders {{ rpc Get(Order) returns (Order) {{\n{options}\n}} }}")));
    }

    #[test]
    fn scopes_credentials_and_peers_narrow() {
        check(
            r#"option (secure.v1.method) = {
                authenticated: true
                required_scopes: ["orders:read", "orders:write"]
                required_credentials: [CREDENTIAL_JWT, CREDENTIAL_MTLS]
                peers: ["spiffe://example.org/**", "cart.shop.internal"]
            };"#,
            expect![[r#"
                shop.v1.secure.rs
            "#]],
        );
    }

    #[test]
    fn every_invalid_scope_is_refused() {
        check(
            r#"option (secure.v1.method) = {
                authenticated: true
                required_scopes: ["", "orders:read orders:write", "\"", "a\\b", "\303\251", "orders:read", "orders:read"]
            };"#,
            expect![[r#"
                6 errors in the schema
                orders.proto:3:1: error[invalid-scope]: the scope `""` in the rule of `Orders.Get` is no scope
                  help: a scope is 1 to 256 ASCII characters without blank, quote and backslash (RFC 6749, section 3.3), and stands in a rule once
                orders.proto:3:1: error[invalid-scope]: the scope `"\""` in the rule of `Orders.Get` is no scope
                  help: a scope is 1 to 256 ASCII characters without blank, quote and backslash (RFC 6749, section 3.3), and stands in a rule once
                orders.proto:3:1: error[invalid-scope]: the scope `"a\\b"` in the rule of `Orders.Get` is no scope
                  help: a scope is 1 to 256 ASCII characters without blank, quote and backslash (RFC 6749, section 3.3), and stands in a rule once
                orders.proto:3:1: error[invalid-scope]: the scope `"orders:read orders:write"` in the rule of `Orders.Get` is no scope
                  help: a scope is 1 to 256 ASCII characters without blank, quote and backslash (RFC 6749, section 3.3), and stands in a rule once
                orders.proto:3:1: error[invalid-scope]: the scope `"orders:read"` in the rule of `Orders.Get` is given twice
                  help: a scope is 1 to 256 ASCII characters without blank, quote and backslash (RFC 6749, section 3.3), and stands in a rule once
                orders.proto:3:1: error[invalid-scope]: the scope `"é"` in the rule of `Orders.Get` is no scope
                  help: a scope is 1 to 256 ASCII characters without blank, quote and backslash (RFC 6749, section 3.3), and stands in a rule once
            "#]],
        );
    }

    #[test]
    fn every_invalid_peer_is_refused() {
        check(
            r#"option (secure.v1.method) = {
                authenticated: true
                peers: ["", "Cart.internal", "spiffe://example.org", "spiffe://Example.org/cart",
                    "spiffe://example.org/ns/*", "spiffe://example.org/ns//cart", "cart.internal", "cart.internal"]
            };"#,
            expect![[r#"
                7 errors in the schema
                orders.proto:3:1: error[invalid-peer]: the peer `""` in the rule of `Orders.Get` is neither a SPIFFE ID nor a DNS name in lower case
                  help: a peer is a SPIFFE ID, a DNS name in lower case, or a SPIFFE ID whose last segment is `**`, and stands in a rule once
                orders.proto:3:1: error[invalid-peer]: the peer `"Cart.internal"` in the rule of `Orders.Get` is neither a SPIFFE ID nor a DNS name in lower case
                  help: a peer is a SPIFFE ID, a DNS name in lower case, or a SPIFFE ID whose last segment is `**`, and stands in a rule once
                orders.proto:3:1: error[invalid-peer]: the peer `"cart.internal"` in the rule of `Orders.Get` is given twice
                  help: a peer is a SPIFFE ID, a DNS name in lower case, or a SPIFFE ID whose last segment is `**`, and stands in a rule once
                orders.proto:3:1: error[invalid-peer]: the peer `"spiffe://Example.org/cart"` in the rule of `Orders.Get` has no trust domain
                  help: a peer is a SPIFFE ID, a DNS name in lower case, or a SPIFFE ID whose last segment is `**`, and stands in a rule once
                orders.proto:3:1: error[invalid-peer]: the peer `"spiffe://example.org"` in the rule of `Orders.Get` has no path; the peers of a whole trust domain are `spiffe://.../**`
                  help: a peer is a SPIFFE ID, a DNS name in lower case, or a SPIFFE ID whose last segment is `**`, and stands in a rule once
                orders.proto:3:1: error[invalid-peer]: the peer `"spiffe://example.org/ns/*"` in the rule of `Orders.Get` has a `*` that is not the whole last segment `**`
                  help: a peer is a SPIFFE ID, a DNS name in lower case, or a SPIFFE ID whose last segment is `**`, and stands in a rule once
                orders.proto:3:1: error[invalid-peer]: the peer `"spiffe://example.org/ns//cart"` in the rule of `Orders.Get` has a path that no SPIFFE ID has
                  help: a peer is a SPIFFE ID, a DNS name in lower case, or a SPIFFE ID whose last segment is `**`, and stands in a rule once
            "#]],
        );
    }

    #[test]
    fn a_credential_of_no_kind_is_refused() {
        check(
            "option (secure.v1.method) = {
                authenticated: true required_credentials: [CREDENTIAL_UNSPECIFIED, CREDENTIAL_JWT]
            };",
            expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[invalid-credential]: the rule of `Orders.Get` requires a credential that is none, or one twice
                  help: a credential is `CREDENTIAL_JWT` or `CREDENTIAL_MTLS`, and stands in a rule once
            "#]],
        );
    }

    #[test]
    fn a_credential_that_is_given_twice_is_refused() {
        check(
            "option (secure.v1.method) = {
                authenticated: true required_credentials: [CREDENTIAL_MTLS, CREDENTIAL_MTLS]
            };",
            expect![[r#"
                1 error in the schema
                orders.proto:3:1: error[invalid-credential]: the rule of `Orders.Get` requires a credential that is none, or one twice
                  help: a credential is `CREDENTIAL_JWT` or `CREDENTIAL_MTLS`, and stands in a rule once
            "#]],
        );
    }
}
