//! The tokens of well-known providers, in the shape their documentation shows.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{ISSUER, with, without};
use crate::Principal;
use crate::authn::Rejection;
use crate::authn::jwt::{Audience, Issuer, Jwt, KeySet, ListClaim, TokenType, providers, reason};

#[test]
fn an_access_token_of_auth0_gives_permissions() {
    let issuer = || providers::auth0("shop.eu.auth0.com").unwrap();
    let token = auth0();
    assert_eq!(roles(issuer(), &token, ["read:orders", "admin"]), ["read:orders"]);
    let namespaced = issuer().roles_from([ListClaim::array(["https://example.com/roles"])]);
    assert_eq!(roles(namespaced, &token, ["read:orders", "admin"]), ["admin"]);
    refuses(issuer(), token.claim("permissions", json!("read:orders")), reason::ROLES);
    refuses(issuer(), token.claim("iss", json!("https://shop.eu.auth0.com")), reason::ISSUER);
    refuses(issuer(), token.claim("aud", json!("client-of-an-id-token")), reason::AUDIENCE);
}

#[test]
fn an_access_token_of_cognito_is_for_its_client() {
    let issuer = || providers::cognito("us-west-2", "us-west-2_example").unwrap();
    let token = cognito();
    assert_eq!(roles(issuer(), &token, ["mygroup", "openid"]), ["mygroup"]);
    refuses(issuer(), token.claim("token_use", json!("id")), reason::MARK);
    refuses(issuer(), token.without("token_use"), reason::MARK);
    refuses(issuer(), token.without("client_id"), reason::AUDIENCE);
    refuses(issuer(), token.claim("client_id", json!("another")), reason::AUDIENCE);
    refuses(issuer(), token.claim("aud", json!("another")), reason::AUDIENCE);
    refuses(issuer(), token.claim("cognito:groups", json!({ "mygroup": 1 })), reason::ROLES);
}

#[test]
fn an_access_token_of_entra_id_gives_application_roles() {
    let issuer = || providers::entra_id("72f988bf-86f1-41af-91ab-2d7cd011db47").unwrap();
    let token = entra_id();
    assert_eq!(roles(issuer(), &token, ["Orders.Admin", "access_as_user"]), ["Orders.Admin"]);
    let scopes = issuer().roles_from([ListClaim::array(["roles"]), ListClaim::words(["scp"])]);
    assert_eq!(roles(scopes, &token, ["Orders.Admin", "access_as_user"]), ["Orders.Admin", "access_as_user"]);
    refuses(issuer(), token.claim("ver", json!("1.0")), reason::MARK);
    refuses(issuer(), token.without("azpacr"), reason::MARK);
    refuses(issuer(), token.claim("roles", json!("Orders.Admin")), reason::ROLES);
    refuses(issuer(), token.claim("scp", json!(["access_as_user"])), reason::SCOPE);
}

#[test]
fn an_id_token_of_firebase_gives_custom_claims() {
    let issuer = || providers::firebase("shop-12345").unwrap();
    let token = firebase();
    assert_eq!(roles(issuer(), &token, ["clerk", "admin"]), ["clerk"]);
    let flagged = || issuer().roles_from([ListClaim::flag(["admin"], "admin")]);
    assert_eq!(roles(flagged(), &token, ["clerk", "admin"]), ["admin"]);
    assert_eq!(roles(flagged(), &token.claim("admin", json!(false)), ["admin"]), [""; 0]);
    refuses(flagged(), token.claim("admin", json!("true")), reason::ROLES);
    refuses(issuer(), token.claim("aud", json!("shop-54321")), reason::AUDIENCE);
}

#[test]
fn a_jwt_svid_is_of_its_trust_domain() {
    let issuer = || providers::jwt_svid("example.org").unwrap();
    let token = svid();
    let principal = verify(issuer(), &token).unwrap();
    assert_eq!(principal.id().issuer(), "spiffe://example.org");
    assert_eq!(principal.id().subject(), "spiffe://example.org/ns/shop/sa/orders");
    assert!(verify(issuer(), &token.claim("iss", json!("https://oidc.example.org"))).is_ok());
    let long = format!("spiffe://example.org/{}", "a".repeat(2_048));
    for subject in [
        "spiffe://example.org",
        "spiffe://example.org/",
        "spiffe://example.org.evil.example/ns/shop",
        "spiffe://example.org:8081/ns/shop",
        "spiffe://evil.example/spiffe://example.org/ns",
        "spiffe://example.org//shop",
        "spiffe://example.org/ns/../admin",
        "spiffe://example.org/ns/./shop",
        "spiffe://example.org/ns/shop/",
        "spiffe://example.org/ns/%2e",
        "spiffe://example.org/ns?x",
        "SPIFFE://example.org/ns",
        "spiffe://Example.org/ns",
        &long,
    ] {
        refuses(issuer(), token.claim("sub", json!(subject)), reason::ISSUER);
    }
    refuses(issuer(), token.without("aud"), reason::AUDIENCE);
}

#[test]
fn an_access_token_of_keycloak_gives_realm_and_client_roles() {
    let issuer = || providers::keycloak("https://id.example.com/realms/shop", "orders").unwrap();
    let token = keycloak();
    assert_eq!(roles(issuer(), &token, ["clerk", "reader", "view-profile"]), ["clerk", "reader"]);
    refuses(issuer(), token.claim("typ", json!("ID")), reason::MARK);
    refuses(issuer(), token.claim("realm_access", json!({ "roles": "clerk" })), reason::ROLES);
    refuses(issuer(), token.claim("realm_access", json!(["clerk"])), reason::ROLES);
    refuses(issuer(), token.claim("resource_access", json!({ "orders": ["reader"] })), reason::ROLES);
    let outside = token.without("realm_access").claim("realm_access.roles", json!(["admin"]));
    assert_eq!(roles(issuer(), &outside, ["reader", "admin"]), ["reader"]);
}

#[test]
fn an_access_token_of_okta_gives_groups() {
    let issuer = || providers::okta("https://shop.okta.com/oauth2/default").unwrap();
    let token = okta();
    assert_eq!(roles(issuer(), &token, ["Clerks", "openid"]), ["Clerks"]);
    let scopes = issuer().roles_from([ListClaim::array(["groups"]), ListClaim::array(["scp"])]);
    assert_eq!(roles(scopes, &token, ["Clerks", "openid"]), ["Clerks", "openid"]);
    refuses(issuer(), token.claim("groups", json!("Clerks")), reason::ROLES);
    refuses(issuer(), token.claim("scp", json!("openid")), reason::SCOPE);
}

#[test]
fn an_access_token_of_zitadel_gives_project_roles() {
    let issuer = || providers::zitadel("https://shop.zitadel.cloud").unwrap();
    let token = zitadel();
    assert_eq!(roles(issuer(), &token, ["clerk", "200132120"]), ["clerk"]);
    refuses(issuer(), token.claim("urn:zitadel:iam:org:project:roles", json!(["clerk"])), reason::ROLES);
}

#[test]
fn an_access_token_of_rfc_9068_needs_no_preset() {
    let issuer = || Issuer::new("https://authorization-server.example.com/").unwrap();
    let token = rfc_9068();
    assert_eq!(roles(issuer(), &token, ["clerk", "openid"]), ["clerk"]);
    refuses(issuer(), token.header("typ", json!("JWT")), reason::TYPE);
    assert!(verify(issuer().token_type(TokenType::Jwt), &token.header("typ", json!("JWT"))).is_ok());
}

#[test]
fn roles_have_the_form_that_is_named() {
    let read = |claim: ListClaim, value: Value| {
        let issuer = Issuer::new("https://authorization-server.example.com/").unwrap().roles_from([claim]);
        verify(issuer, &rfc_9068().claim("r", value)).map(|it| ["a", "b", ""].map(|role| it.has_role(role)))
    };
    assert_eq!(read(ListClaim::comma_separated(["r"]), json!("a,b")), Ok([true, true, false]));
    assert_eq!(read(ListClaim::comma_separated(["r"]), json!("")), Ok([false; 3]));
    assert_eq!(read(ListClaim::keys(["r"]), json!({ "a": false })), Ok([true, false, false]));
    assert_eq!(read(ListClaim::array(["r", "s.t", "u"]), json!({ "s.t": { "u": ["a"] } })), Ok([true, false, false]));
    assert_eq!(read(ListClaim::array(["r", "s", "t"]), json!({ "s": {} })), Ok([false; 3]));
    assert_eq!(read(ListClaim::array(["r", "s"]), json!(null)), Err(reason::ROLES));
    assert_eq!(read(ListClaim::array([""; 0]), json!(["a"])), Err(reason::ROLES));
    assert_eq!(read(ListClaim::keys([""; 0]), json!(["a"])), Err(reason::ROLES));
    for text in ["a, b", " a,b", "a,,b", "a,", ","] {
        assert_eq!(read(ListClaim::comma_separated(["r"]), json!(text)), Err(reason::ROLES), "{text}");
    }
    assert_eq!(read(ListClaim::comma_separated(["r"]), json!(["a"])), Err(reason::ROLES));
    assert_eq!(read(ListClaim::keys(["r"]), json!({ "": 1 })), Err(reason::ROLES));
    assert_eq!(read(ListClaim::flag(["r"], "a"), json!(1)), Err(reason::ROLES));
}

/// A token as its provider documents it.
struct Published {
    header: Value,
    claims: Value,
    audience: &'static str,
}

impl Published {
    fn claim(&self, name: &str, value: Value) -> Self {
        Self { header: self.header.clone(), claims: with(self.claims.clone(), name, value), ..*self }
    }

    fn header(&self, name: &str, value: Value) -> Self {
        Self { header: with(self.header.clone(), name, value), claims: self.claims.clone(), ..*self }
    }

    fn without(&self, name: &str) -> Self {
        Self { header: self.header.clone(), claims: without(self.claims.clone(), name), ..*self }
    }
}

#[track_caller]
fn roles<const N: usize>(issuer: Issuer, token: &Published, of: [&'static str; N]) -> Vec<&'static str> {
    let principal = verify(issuer, token).unwrap();
    of.into_iter().filter(|role| principal.has_role(role)).collect()
}

#[track_caller]
fn refuses(issuer: Issuer, token: Published, why: Rejection) {
    assert_eq!(verify(issuer, &token).unwrap_err(), why);
}

/// One second before the token expires, with the header's `kid` on the key.
fn verify(issuer: Issuer, token: &Published) -> Result<Principal, Rejection> {
    let alg = token.header["alg"].as_str().unwrap();
    let keys = json!({ "keys": [with(ISSUER.jwk(alg_named(alg)), "kid", token.header["kid"].clone())] });
    let keys = KeySet::from_jwks(&keys.to_string()).unwrap();
    let verifier = Jwt::new(issuer, Audience::new(token.audience).unwrap(), keys);
    let now = UNIX_EPOCH + Duration::from_secs(token.claims["exp"].as_u64().unwrap() - 1);
    verifier.verify_at(&ISSUER.sign(token.header.clone(), token.claims.clone()), None, now)
}

fn alg_named(name: &str) -> crate::authn::jwt::Algorithm {
    crate::authn::jwt::Algorithm::named(name).unwrap()
}

fn auth0() -> Published {
    Published {
        audience: "https://orders.example.com",
        header: json!({ "alg": "RS256", "typ": "JWT", "kid": "NTY2MjBCNzQ1RTLPQzk3NzczRDk5Q0YxQzhDNjFBMzE5OEU0QkQ5Ng" }),
        claims: json!({
            "iss": "https://shop.eu.auth0.com/", "sub": "auth0|5f7c8ec7c33c6c004bbafe82",
            "aud": ["https://orders.example.com", "https://shop.eu.auth0.com/userinfo"],
            "azp": "my_client_id", "exp": 1_311_281_970, "iat": 1_311_280_970,
            "scope": "openid profile read:orders", "permissions": ["read:orders"],
            "https://example.com/roles": ["admin"],
        }),
    }
}

fn cognito() -> Published {
    Published {
        audience: "1example23456789",
        header: json!({ "kid": "abcdefghijklmnopqrsexample=", "alg": "RS256" }),
        claims: json!({
            "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "device_key": "us-west-2_aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "cognito:groups": ["mygroup"],
            "iss": "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_example", "version": 2,
            "client_id": "1example23456789", "origin_jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "event_id": "bbbbbbbb-cccc-dddd-eeee-aaaaaaaaaaaa", "token_use": "access",
            "scope": "phone openid profile resourceserver.1/appclient2 email",
            "auth_time": 1_676_313_851, "exp": 1_676_317_451, "iat": 1_676_313_851,
            "jti": "cccccccc-dddd-eeee-aaaa-bbbbbbbbbbbb", "username": "my-test-user",
        }),
    }
}

fn entra_id() -> Published {
    Published {
        audience: "6e74172b-be56-4843-9ff4-e66a39bb12e3",
        header: json!({ "typ": "JWT", "alg": "RS256", "kid": "i6lGk3FZzxRcUb2C3nEQ7syHJlY" }),
        claims: json!({
            "aud": "6e74172b-be56-4843-9ff4-e66a39bb12e3",
            "iss": "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0",
            "iat": 1_537_231_048, "nbf": 1_537_231_048, "exp": 1_537_234_948,
            "aio": "AXQAi/8IAAAAtAaZLo3ChMif6KOnttRB7eBq4/DccQzjcJGxPYy/C3jDaNGxXd6wNIIVGRghNRnwJ1lOcAnNZcjvkoyrFxCttv33140RioOFJ4bCCGVuoCag1uOTT22222gIHpLqPkEAYOoBS",
            "azp": "6e74172b-be56-4843-9ff4-e66a39bb12e3", "azpacr": "0", "name": "Abe Lincoln",
            "oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474", "preferred_username": "abeli@microsoft.com", "rh": "I",
            "roles": ["Orders.Admin"], "scp": "access_as_user",
            "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ", "tid": "72f988bf-86f1-41af-91ab-2d7cd011db47",
            "uti": "fqiBqXLPj0eQa82S-IYFAA", "ver": "2.0",
        }),
    }
}

fn firebase() -> Published {
    Published {
        audience: "shop-12345",
        header: json!({ "alg": "RS256", "kid": "aec4f8dd1b9e42a8", "typ": "JWT" }),
        claims: json!({
            "admin": true, "roles": ["clerk"], "iss": "https://securetoken.google.com/shop-12345",
            "aud": "shop-12345", "auth_time": 1_650_000_000, "user_id": "a1b2c3", "sub": "a1b2c3",
            "iat": 1_650_000_000, "exp": 1_650_003_600, "email": "alice@example.com", "email_verified": true,
            "firebase": { "identities": { "email": ["alice@example.com"] }, "sign_in_provider": "password" },
        }),
    }
}

fn keycloak() -> Published {
    Published {
        audience: "orders",
        header: json!({ "alg": "RS256", "typ": "JWT", "kid": "FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE" }),
        claims: json!({
            "exp": 1_650_000_300, "iat": 1_650_000_000, "jti": "b1b3f2a0-1c1a-4d3b-8f0e-1f2c3d4e5f60",
            "iss": "https://id.example.com/realms/shop", "aud": ["orders", "account"],
            "sub": "f:11111111-2222:alice", "typ": "Bearer", "azp": "web", "sid": "0f1e2d3c", "acr": "1",
            "allowed-origins": ["https://shop.example.com"],
            "realm_access": { "roles": ["clerk", "offline_access", "uma_authorization"] },
            "resource_access": { "orders": { "roles": ["reader"] }, "account": { "roles": ["view-profile"] } },
            "scope": "openid profile email", "email_verified": false, "preferred_username": "alice",
        }),
    }
}

fn okta() -> Published {
    Published {
        audience: "api://default",
        header: json!({ "alg": "RS256", "kid": "45js03w0djwedsw" }),
        claims: json!({
            "ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
            "iss": "https://shop.okta.com/oauth2/default", "aud": "api://default", "sub": "00ujmkLgagxeRrAg20g3",
            "iat": 1_467_145_094, "exp": 1_467_148_694, "cid": "nmdP1fcyvdVO11AL7ECm", "uid": "00ujmkLgagxeRrAg20g3",
            "scp": ["openid", "email"], "groups": ["Clerks", "Everyone"],
        }),
    }
}

fn rfc_9068() -> Published {
    Published {
        audience: "https://rs.example.com/",
        header: json!({ "typ": "at+JWT", "alg": "RS256", "kid": "RjEwOwOA" }),
        claims: json!({
            "iss": "https://authorization-server.example.com/", "sub": "5ba552d67", "aud": "https://rs.example.com/",
            "exp": 1_639_528_912, "iat": 1_618_354_090, "jti": "dbe39bf3a3ba4238a513f51d6e1691c4",
            "client_id": "s6BhdRkqt3", "scope": "openid profile reademail", "roles": ["clerk"],
        }),
    }
}

fn svid() -> Published {
    Published {
        audience: "spiffe://example.org/ns/shop/sa/stock",
        header: json!({ "alg": "ES256", "kid": "xKvvZ3uoZ2Zk2PE5w3Z0BpCqfpYQ3yyW", "typ": "JWT" }),
        claims: json!({
            "aud": ["spiffe://example.org/ns/shop/sa/stock"], "exp": 1_650_000_300, "iat": 1_650_000_000,
            "sub": "spiffe://example.org/ns/shop/sa/orders",
        }),
    }
}

fn zitadel() -> Published {
    Published {
        audience: "69234237810729019",
        header: json!({ "alg": "RS256", "kid": "172651372385664002", "typ": "JWT" }),
        claims: json!({
            "iss": "https://shop.zitadel.cloud", "sub": "170079991923474689",
            "aud": ["69234237810729019", "170082363181957377@shop"], "exp": 1_650_043_200, "iat": 1_650_000_000,
            "nbf": 1_650_000_000, "client_id": "170082363181957377@shop", "jti": "V1_170082363181957377",
            "urn:zitadel:iam:org:project:roles": { "clerk": { "200132120": "shop.zitadel.cloud" } },
        }),
    }
}
