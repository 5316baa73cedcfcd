//! Checks 23 and 24: several issuers are several namespaces.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{ISSUER, Row, accepted, claims, good, header, issuer, refused, verify, with, without};
use crate::Principal;
use crate::authn::jwt::{
    Algorithm, Audience, Grants, Issuer, Jwt, KeySet, ListClaim, TokenType, Trust, TrustError, reason,
};
use crate::testing::TestIssuer;

pub(super) fn rows() -> Vec<Row> {
    [choice(), confusion(), namespaces()].into_iter().flatten().map(|row| row.by(both())).collect()
}

fn choice() -> Vec<Row> {
    let named = |iss| PARTNER.sign(partner_header(), with(partner_claims(), "iss", iss));
    vec![
        accepted(23, "the first issuer", ISSUER.sign(header(), claims())),
        accepted(23, "the second issuer", partner(json!({}))),
        refused(23, "an issuer nobody trusts", named(json!("https://evil.example")), reason::ISSUER),
        refused(23, "both names", named(json!([ISSUER.name(), PARTNER.name()])), reason::ISSUER),
        refused(23, "no name", PARTNER.sign(partner_header(), without(partner_claims(), "iss")), reason::ISSUER),
    ]
}

/// The keys of one issuer under the name of the other.
fn confusion() -> Vec<Row> {
    let as_first = with(claims(), "iss", json!(ISSUER.name()));
    let header_of = |alg: &str, kid: &str| json!({ "alg": alg, "kid": kid, "typ": "at+jwt" });
    let as_second = with(partner_claims(), "iss", json!(PARTNER.name()));
    vec![
        refused(23, "the name of the first, keys of the second", PARTNER.sign(header(), as_first.clone()), SIGNATURE),
        refused(23, "the name of the second, keys of the first", ISSUER.sign(partner_header(), as_second), SIGNATURE),
        refused(23, "a kid of the second", PARTNER.sign(header_of("ES256", "partner"), as_first), reason::KEY_UNKNOWN),
    ]
}

/// What holds for one issuer holds for that one alone.
fn namespaces() -> Vec<Row> {
    let first = |claim, value| ISSUER.sign(header(), with(claims(), claim, value));
    let second = |header: Value, claim, value| PARTNER.sign(header, with(partner_claims(), claim, value));
    let untyped = || without(partner_header(), "typ");
    vec![
        refused(24, "the audience of the second", first("aud", json!("orders-partners")), reason::AUDIENCE),
        refused(24, "the audience of the first", partner(json!({ "aud": "orders" })), reason::AUDIENCE),
        refused(24, "an algorithm of the second", es384_of_first(), reason::ALGORITHM),
        refused(24, "an algorithm of the first", second(header(), "x", json!(1)), reason::ALGORITHM),
        refused(24, "the typ of the second", ISSUER.sign(without(header(), "typ"), claims()), reason::TYPE),
        accepted(24, "the typ of the second, of the second", second(untyped(), "x", json!(1))),
        refused(24, "roles of the wrong form for the second", partner(json!({ "groups": "a b" })), reason::ROLES),
        accepted(24, "roles in a claim of the first alone", partner(json!({ "roles": "a b" }))),
        accepted(24, "a role that is not granted", partner(json!({ "groups": ["admin"] }))),
    ]
}

#[test]
fn same_subject_of_two_issuers_is_two_principals() {
    let (first, second) = (principal(&ISSUER.sign(header(), claims())), principal(&partner(json!({}))));
    assert_eq!(first.id().subject(), second.id().subject());
    assert_ne!(first.id(), second.id());
}

#[test]
fn an_issuer_grants_only_its_roles() {
    let token = partner(json!({ "groups": ["admin", "partner:clerk", "partner:", "Partner:clerk", "reader"] }));
    let principal = principal(&token);
    assert!(principal.has_role("partner:clerk"));
    for role in ["admin", "partner:", "Partner:clerk", "reader"] {
        assert!(!principal.has_role(role), "{role}");
    }
}

#[test]
fn a_list_of_grants_is_compared_byte_for_byte() {
    let grants = Grants::only(["reader", "clerk"]);
    assert!(grants.allow_role("reader") && grants.allow_role("clerk"));
    assert!(["", "Reader", "reader ", "read", "reader2"].iter().all(|role| !grants.allow_role(role)));
}

#[test]
fn empty_grants_allow_no_role() {
    assert!(!Grants::only([""; 0]).allow_role("reader"));
    assert!(!Grants::starting_with("").allow_role("reader"));
}

#[test]
fn second_trust_in_an_issuer_for_one_audience_is_refused() {
    let trust = |audience| trust(issuer(), audience, &ISSUER, Grants::only(["reader"]));
    assert_eq!(Jwt::trusting([]).unwrap_err(), TrustError::NoIssuer);
    assert_eq!(Jwt::trusting([trust("orders"), trust("orders")]).unwrap_err(), TrustError::SameIssuer);
    assert!(Jwt::trusting([trust("orders")]).is_ok());
    assert!(Jwt::trusting([trust("orders"), trust("stock")]).is_ok());
}

#[test]
fn the_audience_of_a_token_decides_which_grants_count() {
    let trust = |audience, role| trust(issuer(), audience, &ISSUER, Grants::only([role]));
    let jwt = Jwt::trusting([trust("orders", "reader"), trust("stock", "clerk")]).unwrap();
    let roles = |aud: Value| {
        let claims = with(with(claims(), "aud", aud), "roles", json!(["reader", "clerk"]));
        verify(&jwt, &ISSUER.sign(header(), claims)).map(|it| ["reader", "clerk"].map(|role| it.has_role(role)))
    };
    assert_eq!(roles(json!("orders")), Ok([true, false]));
    assert_eq!(roles(json!(["x", "stock"])), Ok([false, true]));
    assert_eq!(roles(json!(["stock", "orders"])), Ok([true, false]), "the first trust counts, not both");
    assert_eq!(roles(json!("billing")), Err(reason::AUDIENCE));
}

#[test]
fn each_audience_of_an_issuer_has_its_own_keys() {
    let other = TestIssuer::new(ISSUER.name());
    let grants = || Grants::only(["reader"]);
    let jwt = Jwt::trusting([trust(issuer(), "orders", &ISSUER, grants()), trust(issuer(), "stock", &other, grants())])
        .unwrap();
    let for_stock = || with(claims(), "aud", json!("stock"));
    assert!(verify(&jwt, &other.sign(header(), for_stock())).is_ok());
    assert_eq!(verify(&jwt, &ISSUER.sign(header(), for_stock())).unwrap_err(), reason::SIGNATURE);
    assert_eq!(verify(&jwt, &other.sign(header(), claims())).unwrap_err(), reason::SIGNATURE);
}

#[test]
fn an_issuer_grants_only_its_scopes() {
    let with_grants = |grants| {
        let jwt = Jwt::trusting([trust(issuer(), "orders", &ISSUER, grants)]).unwrap();
        let principal = verify(&jwt, &good()).unwrap();
        ["orders:read", "profile"].map(|scope| principal.has_scope(scope))
    };
    assert_eq!(with_grants(Grants::only(["reader"])), [false, false]);
    assert_eq!(with_grants(Grants::starting_with("orders:")), [false, false]);
    assert_eq!(with_grants(Grants::only(["reader"]).scopes(["orders:read"])), [true, false]);
    assert_eq!(with_grants(Grants::any()), [true, true]);
}

#[test]
fn owner_is_accepted_only_from_an_issuer_that_is_allowed_to_name_owners() {
    let is_excluded = |grants| {
        let jwt = Jwt::trusting([trust(issuer(), "orders", &ISSUER, grants)]).unwrap();
        verify(&jwt, &good()).unwrap().is_excluded_from_ownership()
    };
    assert!(is_excluded(Grants::only(["reader"])));
    assert!(is_excluded(Grants::starting_with("orders:").scopes(["profile"])));
    assert!(!is_excluded(Grants::only(["reader"]).owners_and_tenants()));
    let keys = KeySet::from_jwks(&ISSUER.jwks()).unwrap();
    let alone = Jwt::new(issuer(), Audience::new("orders").unwrap(), keys);
    assert!(!verify(&alone, &good()).unwrap().is_excluded_from_ownership());
}

fn both() -> Jwt {
    let partner = Issuer::new(PARTNER.name()).unwrap().token_type(TokenType::Jwt).algorithms([Algorithm::Es384]);
    let partner = partner.roles_from([ListClaim::array(["groups"])]);
    let jwt = Jwt::trusting([
        trust(issuer(), "orders", &ISSUER, Grants::only(["reader"])),
        trust(partner, "orders-partners", &PARTNER, Grants::starting_with("partner:")),
    ]);
    jwt.unwrap()
}

fn trust(issuer: Issuer, audience: &str, keys: &TestIssuer, grants: Grants) -> Trust {
    let keys = KeySet::from_jwks(&keys.jwks()).unwrap();
    Trust::new(issuer, Audience::new(audience).unwrap(), keys, grants)
}

fn principal(token: &str) -> Principal {
    verify(&both(), token).unwrap()
}

fn partner(more: Value) -> String {
    let mut claims = partner_claims();
    claims.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    PARTNER.sign(partner_header(), claims)
}

fn partner_header() -> Value {
    json!({ "alg": "ES384", "kid": "ES384", "typ": "JWT" })
}

fn partner_claims() -> Value {
    let claims = with(claims(), "iss", json!(PARTNER.name()));
    without(with(claims, "aud", json!("orders-partners")), "roles")
}

fn es384_of_first() -> String {
    ISSUER.sign(with(partner_header(), "typ", json!("at+jwt")), claims())
}

const SIGNATURE: crate::authn::Rejection = reason::SIGNATURE;

static PARTNER: LazyLock<TestIssuer> = LazyLock::new(|| TestIssuer::new("https://id.partner.example"));
