//! Each preset accepts the tokens that are for services, and refuses another kind of token of the same provider. The reason
//! for the log names the setting or the claim that decides.

use super::*;

/// Another token of a provider that a client may present by mistake.
enum Other {
    Jwt(Published),
    Opaque(&'static str),
}

use Other::{Jwt as Signed, Opaque};

struct Preset {
    name: &'static str,
    issuer: Issuer,
    good: Published,
    other: Other,
    reason: &'static str,
}

#[test]
fn each_preset_refuses_another_kind_of_token_and_names_the_claim() {
    for Preset { name, issuer, good, other, reason } in people().into_iter().chain(machines()) {
        assert!(verify(issuer.clone(), &good).is_ok(), "{name}");
        let refused = match other {
            Signed(token) => verify(issuer, &token),
            Opaque(token) => verify_text(issuer, &good, token),
        };
        let refused = refused.map(|_| ()).unwrap_err();
        assert!(refused.reason().contains(reason) && refused.reason().contains('`'), "{name}: {refused}");
    }
}

fn verify_text(issuer: Issuer, good: &Published, token: &str) -> Result<Principal, Rejection> {
    let keys = KeySet::from_jwks(&ISSUER.jwks()).unwrap();
    let now = UNIX_EPOCH + Duration::from_secs(good.claims["exp"].as_u64().unwrap() - 1);
    Jwt::new(issuer, Audience::new(good.audience).unwrap(), keys).verify_at(token, None, now)
}

/// Providers that log people in.
fn people() -> Vec<Preset> {
    let row = |name, issuer: Result<Issuer, _>, good, other, reason| {
        let issuer: Issuer = issuer.map_err(|_: crate::authn::jwt::NotStringOrUri| name).unwrap();
        Preset { name, issuer, good, other, reason }
    };
    let tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    let id_token = |token: Published| Signed(token.claim("aud", json!("the-client")));
    let (realm, server) = ("https://id.example.com/realms/shop", "https://shop.okta.com/oauth2/default");
    vec![
        row("Auth0, ID token", providers::auth0("shop.eu.auth0.com"), auth0(), id_token(auth0()), "`Audience`"),
        row("Auth0, no audience", providers::auth0("shop.eu.auth0.com"), auth0(), Opaque("x-y"), "introspection"),
        row(
            "Clerk, pending session",
            providers::clerk("https://clerk.example.com"),
            clerk(),
            Signed(clerk().claim("sts", json!("pending"))),
            "`sts`",
        ),
        row(
            "Cognito, ID token",
            providers::cognito("us-west-2", "us-west-2_example"),
            cognito(),
            Signed(cognito().claim("token_use", json!("id"))),
            "`token_use`",
        ),
        row("Entra ID, v1", providers::entra_id(tenant), entra_id(), Signed(entra_id_v1()), "`providers::entra_id_v1`"),
        row(
            "Entra ID v1, v2",
            providers::entra_id_v1(tenant),
            entra_id_v1(),
            Signed(entra_id()),
            "`providers::entra_id`",
        ),
        row(
            "Entra ID, tenants, v1",
            providers::entra_id_tenants(Tenants::listed([tenant])),
            entra_id(),
            Signed(entra_id_v1()),
            "`providers::entra_id_v1`",
        ),
        row(
            "Firebase, session cookie",
            providers::firebase("shop-12345"),
            firebase(),
            Signed(firebase().claim("iss", json!("https://session.firebase.google.com/shop-12345"))),
            "`Issuer`",
        ),
        row(
            "Keycloak, refresh token",
            providers::keycloak(realm, ["orders"]),
            keycloak(),
            Signed(keycloak().claim("typ", json!("Refresh"))),
            "`typ`",
        ),
        row("Okta, ID token", providers::okta(server), okta(), id_token(okta()), "`Audience`"),
        row(
            "Supabase, anonymous key",
            providers::supabase("abcdefghijklmnopqrst"),
            supabase(),
            Signed(supabase().claim("role", json!("anon"))),
            "`role`",
        ),
        row(
            "ZITADEL, opaque",
            providers::zitadel("https://shop.zitadel.cloud"),
            zitadel(),
            Opaque("a-b"),
            "introspection",
        ),
    ]
}

/// Providers whose tokens name programs.
fn machines() -> Vec<Preset> {
    let row = |name, issuer: Result<Issuer, _>, good, other, reason| {
        let issuer: Issuer = issuer.map_err(|_: crate::authn::jwt::NotStringOrUri| name).unwrap();
        Preset { name, issuer, good, other, reason }
    };
    let cluster = "https://kubernetes.default.svc.cluster.local";
    let accounts = ["worker@shop.iam.gserviceaccount.com"];
    vec![
        row(
            "GitHub Actions, default audience",
            providers::github_actions(["octo-org"]),
            github_actions(),
            Signed(github_actions().claim("aud", json!("https://github.com/octo-org"))),
            "`Audience`",
        ),
        row(
            "GitLab, CI_JOB_JWT",
            providers::gitlab("https://gitlab.example.com", ["my-group"]),
            gitlab(),
            Signed(gitlab().claim("iss", json!("gitlab.example.com"))),
            "`Issuer`",
        ),
        row(
            "Google IAP, ID token",
            providers::google_iap(),
            google_iap(),
            Signed(google_service_account()),
            "`Issuer`",
        ),
        row(
            "Google, access token",
            providers::google_service_accounts(accounts),
            google_service_account(),
            Opaque("ya29.opaque"),
            "introspection",
        ),
        row(
            "JWT-SVID, another audience",
            providers::jwt_svid("example.org"),
            svid(),
            Signed(svid().claim("aud", json!("spiffe://example.org/ns/shop/sa/billing"))),
            "`Audience`",
        ),
        row(
            "Kubernetes, token of a secret",
            providers::kubernetes(cluster),
            kubernetes(),
            Signed(kubernetes().claim("iss", json!("kubernetes/serviceaccount"))),
            "`Issuer`",
        ),
    ]
}
