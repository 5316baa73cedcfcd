//! Which answers prove a caller, without a request.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::authn::jwt::{Grants, ListClaim, SubjectClaim, TokenLimits};
use crate::tls::PeerCertificates;

/// An introspection of an endpoint that is never asked.
fn unasked() -> Introspection {
    of(Issuer::new(ISSUER).unwrap())
}

fn of(issuer: Issuer) -> Introspection {
    Introspection::new(issuer, Audience::new("orders").unwrap(), endpoint())
}

fn endpoint() -> IntrospectionEndpoint {
    let server = FaultyServer::new(([127, 0, 0, 1], 1).into(), Does::Nothing);
    let secret = ClientSecret::new(SECRET);
    IntrospectionEndpoint::with_client_secret(&server.url("/"), "me", secret, server.tls()).unwrap()
}

fn judge(introspection: &Introspection, changes: Value) -> Result<Principal, Rejection> {
    introspection.judge_at(&answer(changes), None, SystemTime::now())
}

fn why(introspection: &Introspection, changes: Value) -> &'static str {
    judge(introspection, changes).map_or_else(|rejection| rejection.reason(), |_| "accepted")
}

#[test]
fn active_token_has_the_roles_scopes_claims_and_expiry_of_its_answer() {
    let end = seconds() + 600;
    let principal = judge(&unasked(), json!({ "exp": end, "client_id": "app" })).unwrap();
    assert_eq!(principal.id().to_string(), "https://id.example.com#alice");
    assert!(principal.has_role("clerk") && principal.has_scope("read") && principal.has_scope("write"));
    assert_eq!(principal.expiry(), Some(UNIX_EPOCH + Duration::from_secs(end + 30)));
    assert_eq!(principal.text_claim(&["client_id"]).as_deref(), Some("app"));
    assert!(!principal.is_proven_by(secure_policy::Credential::Jwt), "it is no JWT");
    assert!(!principal.is_excluded_from_ownership());
}

#[test]
fn each_listed_answer_is_accepted_or_refused() {
    let strict = unasked();
    let refused = [
        (json!({ "iss": "https://other.example.com" }), "`iss`"),
        (json!({ "iss": [ISSUER] }), "`iss`"),
        (json!({ "aud": "billing" }), "audience"),
        (json!({ "aud": null }), "audience"),
        (json!({ "aud": [] }), "audience"),
        (json!({ "token_type": null }), "allow_missing_token_type"),
        (json!({ "token_type": "DPoP" }), "token_type"),
        (json!({ "token_type": true }), "token_type"),
        (json!({ "exp": null }), "`exp`"),
        (json!({ "exp": "2030" }), "`exp`"),
        (json!({ "exp": seconds() - 31 }), "expired"),
        (json!({ "nbf": seconds() + 60 }), "`nbf`"),
        (json!({ "iat": seconds() + 60 }), "`iat`"),
        (json!({ "sub": null }), "subject"),
        (json!({ "sub": "a b" }), "subject"),
        (json!({ "roles": "clerk" }), "roles"),
        (json!({ "scope": ["read"] }), "scopes"),
        (json!({ "cnf": { "jkt": "x" } }), "`cnf`"),
    ];
    for (changes, reason) in refused {
        let why = why(&strict, changes.clone());
        assert!(why.contains(reason), "{changes}: {why}");
    }
    let accepted = [
        json!({ "iss": ISSUER }),
        json!({ "aud": ["billing", "orders"] }),
        json!({ "token_type": "bearer" }),
        json!({ "exp": seconds() - 29 }),
        json!({ "nbf": seconds() }),
        json!({ "roles": null, "scope": null }),
        json!({ "another": { "member": [1, 2] } }),
    ];
    for changes in accepted {
        assert_eq!(why(&strict, changes.clone()), "accepted", "{changes}");
    }
}

#[test]
fn malformed_answer_makes_the_call_unavailable_and_is_no_refusal() {
    let strict = unasked();
    let good = answer(json!({}));
    for text in [
        "",
        "null",
        "true",
        "{}",
        r#"{"active":"true"}"#,
        r#"{"active":1}"#,
        r#"{"active":null}"#,
        r#"{"active":[true]}"#,
        r#"{"Active":true}"#,
        r#"{"active":false,"active":true}"#,
        r#"{"active":true,"\u0061ctive":false}"#,
        &format!("[{good}]"),
        &format!("{good} x"),
        &good[..good.len() - 1],
    ] {
        assert_eq!(strict.judge_at(text, None, SystemTime::now()).unwrap_err(), reason::ANSWER, "{text}");
    }
    let inactive = strict.judge_at(r#"{"active":false,"sub":"alice"}"#, None, SystemTime::now());
    assert_eq!(inactive.unwrap_err(), reason::INACTIVE);
}

#[test]
fn each_relaxation_accepts_what_its_name_says_and_nothing_else() {
    let audience = unasked().allow_missing_audience();
    assert_eq!(why(&audience, json!({ "aud": null })), "accepted");
    assert!(why(&audience, json!({ "aud": "billing" })).contains("audience"));
    let kind = unasked().allow_missing_token_type();
    assert_eq!(why(&kind, json!({ "token_type": null })), "accepted");
    assert!(why(&kind, json!({ "token_type": "DPoP" })).contains("token_type"));
    let lifetime = unasked().assume_lifetime(Duration::from_secs(100));
    let end = judge(&lifetime, json!({ "exp": null })).unwrap().expiry().unwrap();
    assert!(end > after(125) && end <= after(130), "the assumed lifetime and the leeway");
    assert!(why(&lifetime, json!({ "exp": "2030" })).contains("`exp`"));
    assert!(why(&lifetime, json!({ "exp": seconds() - 31 })).contains("expired"));
    let leeway = unasked().leeway(Duration::ZERO).unwrap();
    assert!(why(&leeway, json!({ "exp": seconds() - 1 })).contains("expired"));
    let limits = unasked().limits(TokenLimits::default().max_list_entries(1).unwrap());
    assert!(why(&limits, json!({ "roles": ["a", "b"] })).contains("roles"));
}

#[test]
fn claims_of_an_answer_are_mapped_like_claims_of_a_jwt() {
    let issuer = Issuer::new(ISSUER)
        .unwrap()
        .subject_from([SubjectClaim::new(["sub"]), SubjectClaim::new(["client_id"]).prefix("client:")])
        .roles_from([ListClaim::words(["scope"])])
        .require_claim("token_use", ["access_token"]);
    let mapped = of(issuer.clone());
    assert!(why(&mapped, json!({})).contains("require_claim"));
    let changes = json!({ "token_use": "access_token", "sub": null, "client_id": "app" });
    let principal = judge(&mapped, changes.clone()).unwrap();
    assert_eq!(principal.id().subject(), "client:app");
    assert!(principal.has_role("read"));

    let grants = Grants::only(["write"]);
    let limited = Introspection::granting(issuer, Audience::new("orders").unwrap(), endpoint(), grants);
    let principal = judge(&limited, changes).unwrap();
    assert!(principal.has_role("write") && !principal.has_role("read") && !principal.has_scope("read"));
    assert!(principal.is_excluded_from_ownership());
}

#[test]
fn bound_token_without_its_certificate_is_refused() {
    let (leaf, other) = (b"the leaf".as_slice(), b"another".as_slice());
    let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, leaf));
    let bound = answer(json!({ "cnf": { "x5t#S256": thumbprint } }));
    let judge = |peer: Option<&'static [u8]>| {
        let peer = peer.map(|leaf| PeerCertificates::unverified_chain(&[leaf]));
        unasked().judge_at(&bound, peer.as_ref(), SystemTime::now()).is_ok()
    };
    assert_eq!([judge(Some(leaf)), judge(Some(other)), judge(None)], [true, false, false]);
}

#[tokio::test]
async fn answer_for_one_certificate_is_not_used_for_another() {
    let leaf = b"the leaf".as_slice();
    let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, leaf));
    let server = FaultyServer::start(ok(answer(json!({ "cnf": { "x5t#S256": thumbprint } })))).await;
    let introspection = introspection(&server);
    for (peer, is_accepted) in
        [(Some(leaf), true), (None, false), (Some(b"another".as_slice()), false), (Some(leaf), true)]
    {
        let peer = peer.map(|leaf| PeerCertificates::unverified_chain(&[leaf]));
        let outcome = match introspection.verify(TOKEN, peer.as_ref()) {
            Authentication::Ready(outcome) => outcome,
            Authentication::Pending(outcome) => outcome.await,
        };
        assert_eq!(outcome.is_ok(), is_accepted);
    }
    assert_eq!(server.connections(), 3, "the first answer is still known");
}
