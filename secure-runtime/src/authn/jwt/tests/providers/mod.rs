//! The tokens of well-known providers, in the shape their documentation shows.

mod kinds;
mod published;

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use self::published::{
    Published, auth0, clerk, cognito, entra_id, entra_id_v1, firebase, github_actions, gitlab, google_iap,
    google_service_account, keycloak, kubernetes, okta, rfc_9068, supabase, svid, zitadel,
};
use super::{ISSUER, with, without};
use crate::Principal;
use crate::authn::Rejection;
use crate::authn::jwt::{Audience, Issuer, Jwt, KeySet, ListClaim, Tenants, TokenType, providers, reason};

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
fn access_token_of_cognito_for_another_client_is_refused() {
    let issuer = || providers::cognito("us-west-2", "us-west-2_example").unwrap();
    let token = cognito();
    assert_eq!(roles(issuer(), &token, ["mygroup", "openid"]), ["mygroup"]);
    names(issuer(), token.claim("token_use", json!("id")), "`token_use` is not `access`");
    names(issuer(), token.without("token_use"), "`token_use` is not `access`");
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
    names(issuer(), token.claim("ver", json!("1.0")), "`ver` is not the version");
    names(issuer(), token.without("azpacr"), "not an access token of Entra ID");
    names(issuer(), entra_id_v1(), "use `providers::entra_id_v1`");
    refuses(issuer(), token.claim("roles", json!("Orders.Admin")), reason::ROLES);
    refuses(issuer(), token.claim("scp", json!(["access_as_user"])), reason::SCOPES);
}

#[test]
fn an_access_token_of_entra_id_v1_gives_application_roles() {
    let issuer = || providers::entra_id_v1("72f988bf-86f1-41af-91ab-2d7cd011db47").unwrap();
    let token = entra_id_v1();
    assert_eq!(roles(issuer(), &token, ["Orders.Admin", "access_as_user"]), ["Orders.Admin"]);
    names(issuer(), token.without("appidacr"), "not an access token of Entra ID");
    names(issuer(), entra_id(), "use `providers::entra_id`");
    refuses(issuer(), token.claim("iss", json!("https://sts.windows.net/other/")), reason::ISSUER);
}

#[test]
fn access_token_of_an_unlisted_entra_id_tenant_is_refused() {
    let tenants = |listed: &str| providers::entra_id_tenants(Tenants::listed([listed])).unwrap();
    let issuer = || tenants("72f988bf-86f1-41af-91ab-2d7cd011db47");
    let token = entra_id();
    assert_eq!(roles(issuer(), &token, ["Orders.Admin", "access_as_user"]), ["Orders.Admin"]);
    refuses(tenants("00000000-0000-0000-0000-000000000000"), entra_id(), reason::ISSUER);
    refuses(issuer(), token.claim("tid", json!("00000000-0000-0000-0000-000000000000")), reason::ISSUER);
    names(issuer(), entra_id_v1(), "use `providers::entra_id_v1`");
}

#[test]
fn github_actions_token_of_an_unlisted_owner_is_refused() {
    let issuer = || providers::github_actions(["octo-org"]).unwrap();
    let token = github_actions();
    let principal = verify(issuer(), &token).unwrap();
    assert_eq!(principal.id().subject(), "repo:octo-org/octo-repo:environment:prod");
    names(issuer(), token.claim("repository_owner", json!("evil-org")), "`providers::github_actions`");
    names(issuer(), token.without("repository_owner"), "`providers::github_actions`");
    refuses(issuer(), token.claim("aud", json!("https://github.com/octo-org")), reason::AUDIENCE);
}

#[test]
fn gitlab_token_of_an_unlisted_namespace_is_refused() {
    let issuer = || providers::gitlab("https://gitlab.example.com", ["my-group"]).unwrap();
    let token = gitlab();
    let subject = verify(issuer(), &token).unwrap().id().subject().to_owned();
    assert_eq!(subject, "project_path:my-group/my-project:ref_type:branch:ref:feature-branch-1");
    names(issuer(), token.claim("namespace_path", json!("my-group/evil")), "`providers::gitlab`");
    refuses(issuer(), token.claim("aud", json!("https://gitlab.example.com")), reason::AUDIENCE);
}

#[test]
fn projected_kubernetes_token_names_its_service_account() {
    let issuer = || providers::kubernetes("https://kubernetes.default.svc.cluster.local").unwrap();
    let token = kubernetes();
    assert_eq!(verify(issuer(), &token).unwrap().id().subject(), "system:serviceaccount:shop:cart");
    refuses(issuer(), token.claim("iss", json!("kubernetes/serviceaccount")), reason::ISSUER);
    refuses(issuer(), token.claim("aud", json!(["https://kubernetes.default.svc.cluster.local"])), reason::AUDIENCE);
}

#[test]
fn google_token_of_an_unlisted_service_account_is_refused() {
    let issuer = || providers::google_service_accounts(["worker@shop.iam.gserviceaccount.com"]).unwrap();
    let token = google_service_account();
    assert_eq!(verify(issuer(), &token).unwrap().id().subject(), "107517467455664443766");
    names(issuer(), token.claim("email", json!("worker@evil.iam.gserviceaccount.com")), "google_service_accounts");
    names(issuer(), token.without("email"), "google_service_accounts");
}

#[test]
fn google_iap_token_for_another_backend_is_refused() {
    let issuer = || providers::google_iap().unwrap();
    let token = google_iap();
    assert_eq!(verify(issuer(), &token).unwrap().id().subject(), "accounts.google.com:10769150350006150715113082367");
    refuses(issuer(), token.claim("aud", json!("/projects/123456789/apps/another")), reason::AUDIENCE);
    refuses(issuer(), token.claim("iss", json!("https://accounts.google.com")), reason::ISSUER);
}

#[test]
fn supabase_token_gives_roles_from_app_metadata() {
    let issuer = || providers::supabase("abcdefghijklmnopqrst").unwrap();
    let token = supabase();
    assert_eq!(roles(issuer(), &token, ["clerk", "authenticated", "admin"]), ["clerk"]);
    names(issuer(), token.claim("role", json!("anon")), "not a token of a Supabase user");
    refuses(issuer(), token.claim("iss", json!("supabase")), reason::ISSUER);
}

#[test]
fn clerk_token_of_an_inactive_session_or_another_application_is_refused() {
    let issuer = || providers::clerk("https://clerk.example.com").unwrap();
    let token = clerk();
    assert_eq!(roles(issuer(), &token, ["admin", "org:admin"]), ["admin"]);
    assert_eq!(roles(issuer(), &token.without("o"), ["admin"]), [""; 0]);
    names(issuer(), token.claim("sts", json!("pending")), "not an active session");
    refuses(issuer(), token.claim("azp", json!("https://evil.example")), reason::AUDIENCE);
    refuses(issuer(), token.without("azp"), reason::AUDIENCE);
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
fn jwt_svid_of_another_trust_domain_is_refused() {
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
    let issuer = || providers::keycloak("https://id.example.com/realms/shop", ["orders"]).unwrap();
    let token = keycloak();
    assert_eq!(roles(issuer(), &token, ["clerk", "reader", "view-profile"]), ["clerk", "reader"]);
    for other in ["ID", "Refresh", "Offline"] {
        names(issuer(), token.claim("typ", json!(other)), "not an access token of Keycloak");
    }
    let two = providers::keycloak("https://id.example.com/realms/shop", ["orders", "account"]).unwrap();
    assert_eq!(roles(two, &token, ["clerk", "reader", "view-profile"]), ["clerk", "reader", "view-profile"]);
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
    refuses(issuer(), token.claim("scp", json!("openid")), reason::SCOPES);
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
fn role_claim_of_another_form_is_refused() {
    let read = |claim: ListClaim, value: Value| {
        let issuer = Issuer::new("https://authorization-server.example.com/").unwrap().roles_from([claim]);
        verify(issuer, &rfc_9068().claim("r", value)).map(|it| ["a", "b", ""].map(|role| it.has_role(role)))
    };
    assert_eq!(read(ListClaim::comma_separated(["r"]), json!("a,b")), Ok([true, true, false]));
    assert_eq!(read(ListClaim::comma_separated(["r"]), json!("")), Ok([false; 3]));
    assert_eq!(read(ListClaim::keys(["r"]), json!({ "a": false })), Ok([true, false, false]));
    assert_eq!(read(ListClaim::array(["r", "s.t", "u"]), json!({ "s.t": { "u": ["a"] } })), Ok([true, false, false]));
    assert_eq!(read(ListClaim::array(["r", "s", "t"]), json!({ "s": {} })), Ok([false; 3]));
    assert_eq!(read(ListClaim::array(["r", "s"]), json!(null)), Ok([false; 3]));
    assert_eq!(read(ListClaim::array(["r", "s"]), json!("s")), Err(reason::ROLES));
    assert_eq!(read(ListClaim::string_or_array(["r"]), json!("a")), Ok([true, false, false]));
    assert_eq!(read(ListClaim::string_or_array(["r"]), json!(["a", "b"])), Ok([true, true, false]));
    assert_eq!(read(ListClaim::string_or_array(["r"]), json!("a b")), Ok([false; 3]));
    assert_eq!(read(ListClaim::words_or_array(["r"]), json!("a b")), Ok([true, true, false]));
    assert_eq!(read(ListClaim::words_or_array(["r"]), json!(["a", "b"])), Ok([true, true, false]));
    assert_eq!(read(ListClaim::array([""; 0]), json!(["a"])), Err(reason::ROLES));
    assert_eq!(read(ListClaim::keys([""; 0]), json!(["a"])), Err(reason::ROLES));
    for text in ["a, b", " a,b", "a,,b", "a,", ","] {
        assert_eq!(read(ListClaim::comma_separated(["r"]), json!(text)), Err(reason::ROLES), "{text}");
    }
    assert_eq!(read(ListClaim::comma_separated(["r"]), json!(["a"])), Err(reason::ROLES));
    assert_eq!(read(ListClaim::keys(["r"]), json!({ "": 1 })), Err(reason::ROLES));
    assert_eq!(read(ListClaim::flag(["r"], "a"), json!(1)), Err(reason::ROLES));
    for value in [json!(""), json!(["a", ""]), json!(["a", 1]), json!([["a"]]), json!({ "a": 1 })] {
        assert_eq!(read(ListClaim::string_or_array(["r"]), value.clone()), Err(reason::ROLES), "{value}");
    }
    for value in [json!(["a b"]), json!(["a", 1]), json!("a  b"), json!(7)] {
        assert_eq!(read(ListClaim::words_or_array(["r"]), value.clone()), Err(reason::ROLES), "{value}");
    }
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

/// The reason for the log names what is wrong, or the setting to change.
#[track_caller]
fn names(issuer: Issuer, token: Published, part: &str) {
    let rejection = verify(issuer, &token).unwrap_err();
    assert!(rejection.reason().contains(part), "{rejection}");
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
