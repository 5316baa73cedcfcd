use expect_test::{Expect, expect};

use crate::testing::diagnose;

/// Checks `Orders.Get` with this in its braces.
#[track_caller]
fn check(options: &str, expected: Expect) {
    expected.assert_eq(&diagnose(&format!("service Orders {{ rpc Get(Order) returns (Order) {{\n{options}\n}} }}")));
}

#[test]
fn scopes_credentials_and_peers_are_in_the_policy() {
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
            orders.proto:3:1: error[invalid-scope]: the scope `""` in the rule of `Orders.Get` is not a scope
              help: a scope is 1 to 256 ASCII characters without blank, quote and backslash (RFC 6749, section 3.3), and occurs in a rule once
            orders.proto:3:1: error[invalid-scope]: the scope `"\""` in the rule of `Orders.Get` is not a scope
              help: a scope is 1 to 256 ASCII characters without blank, quote and backslash (RFC 6749, section 3.3), and occurs in a rule once
            orders.proto:3:1: error[invalid-scope]: the scope `"a\\b"` in the rule of `Orders.Get` is not a scope
              help: a scope is 1 to 256 ASCII characters without blank, quote and backslash (RFC 6749, section 3.3), and occurs in a rule once
            orders.proto:3:1: error[invalid-scope]: the scope `"orders:read orders:write"` in the rule of `Orders.Get` is not a scope
              help: a scope is 1 to 256 ASCII characters without blank, quote and backslash (RFC 6749, section 3.3), and occurs in a rule once
            orders.proto:3:1: error[invalid-scope]: the scope `"orders:read"` in the rule of `Orders.Get` is given twice
              help: a scope is 1 to 256 ASCII characters without blank, quote and backslash (RFC 6749, section 3.3), and occurs in a rule once
            orders.proto:3:1: error[invalid-scope]: the scope `"é"` in the rule of `Orders.Get` is not a scope
              help: a scope is 1 to 256 ASCII characters without blank, quote and backslash (RFC 6749, section 3.3), and occurs in a rule once
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
              help: a peer is a SPIFFE ID, a DNS name in lower case, or a SPIFFE ID whose last segment is `**`, and occurs in a rule once
            orders.proto:3:1: error[invalid-peer]: the peer `"Cart.internal"` in the rule of `Orders.Get` is neither a SPIFFE ID nor a DNS name in lower case
              help: a peer is a SPIFFE ID, a DNS name in lower case, or a SPIFFE ID whose last segment is `**`, and occurs in a rule once
            orders.proto:3:1: error[invalid-peer]: the peer `"cart.internal"` in the rule of `Orders.Get` is given twice
              help: a peer is a SPIFFE ID, a DNS name in lower case, or a SPIFFE ID whose last segment is `**`, and occurs in a rule once
            orders.proto:3:1: error[invalid-peer]: the peer `"spiffe://Example.org/cart"` in the rule of `Orders.Get` has no trust domain
              help: a peer is a SPIFFE ID, a DNS name in lower case, or a SPIFFE ID whose last segment is `**`, and occurs in a rule once
            orders.proto:3:1: error[invalid-peer]: the peer `"spiffe://example.org"` in the rule of `Orders.Get` has no path; the peers of a whole trust domain are `spiffe://.../**`
              help: a peer is a SPIFFE ID, a DNS name in lower case, or a SPIFFE ID whose last segment is `**`, and occurs in a rule once
            orders.proto:3:1: error[invalid-peer]: the peer `"spiffe://example.org/ns/*"` in the rule of `Orders.Get` has a `*` that is not the whole last segment `**`
              help: a peer is a SPIFFE ID, a DNS name in lower case, or a SPIFFE ID whose last segment is `**`, and occurs in a rule once
            orders.proto:3:1: error[invalid-peer]: the peer `"spiffe://example.org/ns//cart"` in the rule of `Orders.Get` has a path that no SPIFFE ID has
              help: a peer is a SPIFFE ID, a DNS name in lower case, or a SPIFFE ID whose last segment is `**`, and occurs in a rule once
        "#]],
    );
}

#[test]
fn unspecified_credential_is_refused() {
    check(
        "option (secure.v1.method) = {
                authenticated: true required_credentials: [CREDENTIAL_UNSPECIFIED, CREDENTIAL_JWT]
            };",
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-credential]: the rule of `Orders.Get` requires an unknown credential, or the same one twice
              help: write `CREDENTIAL_JWT`, `CREDENTIAL_BOUND_JWT` or `CREDENTIAL_MTLS`, each at most once
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
            orders.proto:3:1: error[invalid-credential]: the rule of `Orders.Get` requires an unknown credential, or the same one twice
              help: write `CREDENTIAL_JWT`, `CREDENTIAL_BOUND_JWT` or `CREDENTIAL_MTLS`, each at most once
        "#]],
    );
}

#[test]
fn delegation_without_a_mode_or_issuer_is_refused() {
    check(
        r#"option (secure.v1.method) = {
                public: true
                delegation: {
                  mode: DELEGATION_ALLOWED
                  actors: ["https://id.example.com#cart", "cart", "https://id.example.com#**"]
                }
            };"#,
        expect![[r#"
            2 errors in the schema
            orders.proto:3:1: error[invalid-delegation]: the actor `"cart"` in the rule of `Orders.Get` does not name its issuer
              help: an actor is `ISSUER#SUBJECT`, or `ISSUER#` and a SPIFFE ID whose last segment is `**`, and occurs in a rule once
            orders.proto:3:1: error[invalid-delegation]: the actor `"https://id.example.com#**"` in the rule of `Orders.Get` has a `**` that is not the last segment of a SPIFFE ID
              help: an actor is `ISSUER#SUBJECT`, or `ISSUER#` and a SPIFFE ID whose last segment is `**`, and occurs in a rule once
        "#]],
    );
    check(
        r#"option (secure.v1.method) = {
                authenticated: true
                delegation: { actors: "https://id.example.com#cart" }
            };"#,
        expect![[r#"
            1 error in the schema
            orders.proto:3:1: error[invalid-delegation]: `delegation` in the rule of `Orders.Get` does not say whether delegated tokens are taken
              help: write `mode: DELEGATION_ALLOWED`; without `delegation`, they are refused
        "#]],
    );
}
