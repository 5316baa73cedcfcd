use super::*;
use crate::{Actor, Facts};

const CART: &[&str] = &["spiffe://example.org/ns/shop/sa/cart"];

fn with<'a>(roles: &'a [&'a str]) -> Facts<'a> {
    Facts { roles, ..Facts::of_token() }
}

#[test]
fn access_admits_only_the_callers_that_it_names() {
    let roles = Rule::any_role(&["clerk", "admin"]);
    for (rule, caller, expected) in [
        (Rule::anonymous(), Facts::none(), Ok(())),
        (Rule::anonymous(), with(&[]), Ok(())),
        (Rule::public(), Facts::none(), Ok(())),
        (Rule::public(), with(&[]), Ok(())),
        (Rule::authenticated(), Facts::none(), Err(Condition::NoCredential)),
        (Rule::authenticated(), with(&[]), Ok(())),
        (Rule::denied(), Facts::none(), Err(Condition::MethodDenied)),
        (Rule::denied(), with(&["admin"]), Err(Condition::MethodDenied)),
        (roles, Facts::none(), Err(Condition::NoCredential)),
        (roles, with(&[]), Err(Condition::CredentialHasNoRoles)),
        (roles, with(&["clerk"]), Ok(())),
        (roles, with(&["x", "admin"]), Ok(())),
        (roles, with(&["Admin"]), Err(Condition::NoRequiredRole)),
        (roles, with(&["adm"]), Err(Condition::NoRequiredRole)),
        (roles, with(&["admin2", "admin "]), Err(Condition::NoRequiredRole)),
        (Rule::any_role(&[]), with(&["clerk", ""]), Err(Condition::NoRequiredRole)),
    ] {
        assert_eq!(decide(&rule, &caller), expected, "{rule:?} {caller:?}");
    }
}

#[test]
fn every_scope_is_required() {
    let rule = Rule::any_role(&["clerk"]).scopes(&["orders:read", "orders:write"]);
    let clerk = with(&["clerk"]);
    assert_eq!(decide(&rule, &Facts { scopes: &["orders:write", "x", "orders:read"], ..clerk }), Ok(()));
    for scopes in [&[][..], &["orders:read"], &["orders:read", "orders"], &["orders:read orders:write"]] {
        assert_eq!(decide(&rule, &Facts { scopes, ..clerk }), Err(Condition::MissingScope), "{scopes:?}");
    }
    let only_scopes = Facts { scopes: &["orders:read", "orders:write"], ..with(&[]) };
    assert_eq!(decide(&rule, &only_scopes), Err(Condition::CredentialHasNoRoles));
}

#[test]
fn every_credential_is_required() {
    let (token, other) = (Facts::of_token(), Facts { proven_by: None, ..Facts::of_token() });
    let certificate = Facts { proven_by: Some(Credential::Mtls), peer_names: CART, ..Facts::of_token() };
    let (jwt, mtls) = ([Credential::Jwt].as_slice(), [Credential::Mtls].as_slice());
    let both = [Credential::Jwt, Credential::Mtls].as_slice();
    let nameless = |caller| Facts { has_certificate: true, ..caller };
    let bound = nameless(Facts { proven_by: Some(Credential::BoundJwt), ..token });
    let bound_jwt = [Credential::BoundJwt].as_slice();
    let bound_and_named = [Credential::BoundJwt, Credential::Mtls].as_slice();
    for (credentials, caller, expected) in [
        (jwt, token, Ok(())),
        (jwt, bound, Ok(())),
        (bound_jwt, bound, Ok(())),
        (bound_jwt, token, Err(Condition::TokenNotBound)),
        (bound_jwt, Facts { peer_names: CART, ..token }, Err(Condition::TokenNotBound)),
        (bound_jwt, certificate, Err(Condition::WrongCredential)),
        (bound_jwt, other, Err(Condition::WrongCredential)),
        (bound_jwt, Facts::none(), Err(Condition::NoCredential)),
        (bound_and_named, bound, Err(Condition::CertificateHasNoName)),
        (bound_and_named, Facts { peer_names: CART, ..bound }, Ok(())),
        (mtls, bound, Err(Condition::CertificateHasNoName)),
        (jwt, other, Err(Condition::WrongCredential)),
        (jwt, certificate, Err(Condition::WrongCredential)),
        (mtls, certificate, Ok(())),
        (mtls, Facts { peer_names: CART, ..other }, Ok(())),
        (mtls, token, Err(Condition::NoClientCertificate)),
        (mtls, nameless(token), Err(Condition::CertificateHasNoName)),
        (both, Facts { peer_names: CART, ..token }, Ok(())),
        (both, token, Err(Condition::NoClientCertificate)),
        (both, certificate, Err(Condition::WrongCredential)),
        (both, Facts { peer_names: CART, ..Facts::none() }, Err(Condition::NoCredential)),
    ] {
        let rule = Rule::authenticated().credentials(credentials);
        assert_eq!(decide(&rule, &caller), expected, "{credentials:?} {caller:?}");
    }
}

#[test]
fn one_name_of_the_certificate_must_be_a_peer() {
    let rule = Rule::authenticated().peers(&["cart.internal", "spiffe://example.org/ns/shop/**"]);
    let named = |peer_names| Facts { peer_names, ..Facts::of_token() };
    assert_eq!(decide(&rule, &named(CART)), Ok(()));
    assert_eq!(decide(&rule, &named(&["x.internal", "cart.internal"])), Ok(()));
    assert_eq!(decide(&rule, &named(&["x.internal"])), Err(Condition::PeerNotAllowed));
    assert_eq!(decide(&rule, &named(&[])), Err(Condition::NoClientCertificate));
}

#[test]
fn public_rule_with_conditions_needs_a_caller() {
    for rule in [
        Rule::public().scopes(&["x"]),
        Rule::public().peers(&["cart.internal"]),
        Rule::public().credentials(&[Credential::Jwt]),
        Rule::public().with_request_conditions(),
        Rule::anonymous().scopes(&["x"]),
        Rule::anonymous().peers(&["cart.internal"]),
        Rule::anonymous().credentials(&[Credential::Jwt]),
        Rule::anonymous().with_request_conditions(),
    ] {
        assert_eq!(decide(&rule, &Facts::none()), Err(Condition::NoCredential), "{rule:?}");
    }
}

#[test]
fn field_that_differs_from_the_claim_is_refused_with_its_reason() {
    let condition = FieldCondition::tenant(&["org", "id"]);
    let acme = Facts { claims: &[(&["org", "id"], "acme")], ..Facts::of_token() };
    for (caller, field, expected) in [
        (acme, Some("acme"), Ok(())),
        (acme, Some("Acme"), Err(Condition::TenantDiffers)),
        (acme, None, Err(Condition::TenantFieldMissing)),
        (Facts { claims: &[], ..acme }, Some("acme"), Err(Condition::TenantClaimMissing)),
        (Facts { claims: &[(&["org", "id"], "")], ..acme }, Some(""), Err(Condition::TenantClaimMissing)),
        (Facts { is_excluded_from_ownership: true, ..acme }, Some("acme"), Err(Condition::IssuerNamesNoTenants)),
        (Facts::none(), Some("acme"), Err(Condition::NoCredential)),
    ] {
        assert_eq!(decide_field(&condition, &caller, field), expected, "{caller:?} {field:?}");
    }
}

#[test]
fn field_that_differs_from_the_subject_is_refused_with_its_reason() {
    let seven = Facts { subject: "7", ..Facts::of_token() };
    for (caller, field, expected) in [
        (seven, Some("7"), Ok(())),
        (seven, Some("8"), Err(Condition::OwnerDiffers)),
        (seven, None, Err(Condition::OwnerFieldMissing)),
        (Facts::of_token(), Some(""), Err(Condition::SubjectMissing)),
        (Facts { is_excluded_from_ownership: true, ..seven }, Some("7"), Err(Condition::IssuerNamesNoOwners)),
    ] {
        assert_eq!(decide_field(&FieldCondition::owner(), &caller, field), expected, "{caller:?} {field:?}");
    }
}

#[test]
fn exempt_role_admits_every_field() {
    let condition = FieldCondition::owner().exempt(&["support"]);
    let support = Facts { is_excluded_from_ownership: true, ..with(&["support"]) };
    assert_eq!(decide_field(&condition, &support, None), Ok(()));
    assert_eq!(decide_field(&condition, &with(&["clerk"]), Some("8")), Err(Condition::SubjectMissing));
}

#[test]
fn delegated_token_is_refused_unless_the_rule_allows_its_actor() {
    const CART: &str = "https://id.example.com#cart";
    let acted =
        |subject| Facts { actor: Some(Actor { issuer: "https://id.example.com", subject }), ..with(&["clerk"]) };
    let (cart, till) = (acted("cart"), acted("till"));
    let clerk = Rule::any_role(&["clerk"]);
    for (rule, caller, expected) in [
        (clerk, cart, Err(Condition::DelegatedToken)),
        (Rule::authenticated(), cart, Err(Condition::DelegatedToken)),
        (Rule::public(), cart, Err(Condition::DelegatedToken)),
        (Rule::public(), with(&[]), Ok(())),
        (Rule::anonymous(), cart, Ok(())),
        (clerk.allow_delegation(&[]), cart, Ok(())),
        (clerk.allow_delegation(&[CART]), cart, Ok(())),
        (clerk.allow_delegation(&[CART]), till, Err(Condition::ActorNotAllowed)),
        (clerk.allow_delegation(&[CART]), with(&["clerk"]), Ok(())),
        (Rule::public().allow_delegation(&[CART]), cart, Ok(())),
        (Rule::public().allow_delegation(&[CART]), till, Err(Condition::ActorNotAllowed)),
        (Rule::public().allow_delegation(&[CART]), Facts::none(), Ok(())),
        (Rule::any_role(&["cart"]).allow_delegation(&[]), cart, Err(Condition::NoRequiredRole)),
        (Rule::denied().allow_delegation(&[]), cart, Err(Condition::MethodDenied)),
    ] {
        assert_eq!(decide(&rule, &caller), expected, "{rule:?} {caller:?}");
    }
}
