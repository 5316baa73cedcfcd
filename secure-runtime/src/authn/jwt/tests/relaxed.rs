//! What each relaxation accepts, and what it still refuses.

use serde_json::{Value, json};

use super::{ISSUER, claims, good, header, issuer, strict, verifier, verify, with, with_claim, without, without_claim};
use crate::authn::Rejection;
use crate::authn::jwt::{
    Audience, Issuer, Jwt, KeySet, LimitOutOfBounds, ListClaim, NotStringOrUri, SubjectClaim, Tenants, TokenLimits,
    TrustError, reason,
};

#[test]
fn an_array_of_scopes_is_read_if_scopes_come_from_an_array() {
    let array = || with_claim("scope", json!(["orders:read", "profile"]));
    assert_eq!(verify(&strict(), &array()).unwrap_err(), reason::SCOPES);
    for claim in [ListClaim::array(["scope"]), ListClaim::words_or_array(["scope"])] {
        let principal = verify(&verifier(issuer().scopes_from([claim])), &array()).unwrap();
        assert!(principal.has_scope("orders:read") && principal.has_scope("profile"));
    }
    let array_only = verifier(issuer().scopes_from([ListClaim::array(["scope"])]));
    assert_eq!(verify(&array_only, &good()).unwrap_err(), reason::SCOPES);
}

#[test]
fn unused_claim_may_have_any_form() {
    let from_scp = verifier(issuer().scopes_from([ListClaim::array(["scp"])]));
    assert!(verify(&from_scp, &with_claim("scope", json!({ "a": 1 }))).is_ok());
}

fn subject(claims: impl IntoIterator<Item = SubjectClaim>, token: &str) -> Result<String, Rejection> {
    let principal = verify(&verifier(issuer().subject_from(claims)), token)?;
    Ok(principal.id().subject().to_owned())
}

#[test]
fn the_first_claim_in_the_token_names_the_caller() {
    let both = || [SubjectClaim::new(["sub"]), SubjectClaim::new(["client_id"]).prefix("client:")];
    let client = |value: Value| ISSUER.sign(header(), with(without(claims(), "sub"), "client_id", value));
    assert_eq!(verify(&strict(), &client(json!("worker"))).unwrap_err(), reason::SUBJECT);
    assert_eq!(subject(both(), &client(json!("worker"))), Ok("client:worker".into()));
    assert_eq!(subject(both(), &good()), Ok("alice".into()));
    let null = ISSUER.sign(header(), with(with(claims(), "sub", json!(null)), "client_id", json!("worker")));
    assert_eq!(subject(both(), &null), Ok("client:worker".into()));
    for wrong in [json!(""), json!(7), json!(["worker"])] {
        assert_eq!(subject(both(), &client(wrong.clone())), Err(reason::SUBJECT), "{wrong}");
    }
    let wrong_first = ISSUER.sign(header(), with(with(claims(), "sub", json!(7)), "client_id", json!("worker")));
    assert_eq!(subject(both(), &wrong_first), Err(reason::SUBJECT), "a wrong `sub` is not passed over");
    assert_eq!(subject(both(), &without_claim("sub")), Err(reason::SUBJECT));
    assert_eq!(subject([], &good()), Err(reason::SUBJECT));
}

#[test]
fn a_subject_may_be_a_member_of_an_object() {
    let account = || SubjectClaim::new(["kubernetes.io", "serviceaccount", "uid"]);
    let token = with_claim("kubernetes.io", json!({ "serviceaccount": { "uid": "u-1" } }));
    assert_eq!(subject([account()], &token), Ok("u-1".into()));
    assert_eq!(subject([account()], &with_claim("kubernetes.io", json!("x"))), Err(reason::SUBJECT));
}

#[test]
fn an_integer_is_a_subject_only_if_that_is_allowed() {
    let integers = || [SubjectClaim::new(["sub"]).allow_integers()];
    assert_eq!(verify(&strict(), &with_claim("sub", json!(7))).unwrap_err(), reason::SUBJECT);
    assert_eq!(subject(integers(), &with_claim("sub", json!(7))), Ok("7".into()));
    assert_eq!(subject(integers(), &with_claim("sub", json!(u64::MAX))), Ok(u64::MAX.to_string()));
    for wrong in [json!(7.0), json!(1e300), json!(true), json!([7])] {
        assert_eq!(subject(integers(), &with_claim("sub", wrong.clone())), Err(reason::SUBJECT), "{wrong}");
    }
}

#[test]
fn a_subject_with_a_blank_or_invisible_character_is_refused() {
    let characters = [
        ' ',
        '\t',
        '\n',
        '\0',
        '\u{7f}',
        '\u{85}',
        '\u{a0}',
        '\u{ad}',
        '\u{61c}',
        '\u{115f}',
        '\u{180e}',
        '\u{200b}',
        '\u{200d}',
        '\u{200f}',
        '\u{2028}',
        '\u{202e}',
        '\u{2060}',
        '\u{2066}',
        '\u{2069}',
        '\u{2800}',
        '\u{3000}',
        '\u{3164}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{ffa0}',
        '\u{e0041}',
        '\u{e0100}',
    ];
    for character in characters {
        for text in [format!("al{character}ice"), format!("{character}alice"), format!("alice{character}")] {
            let refusal = verify(&strict(), &with_claim("sub", json!(text))).unwrap_err();
            assert_eq!(refusal, reason::SUBJECT_TEXT, "{text:?}");
        }
    }
    for visible in ["ålice", "аlice", "日本", "auth0|5f7c", "a@b", "CN=alice,O=x", "👩"] {
        assert!(verify(&strict(), &with_claim("sub", json!(visible))).is_ok(), "{visible}");
    }
}

#[test]
fn single_spaces_in_a_subject_are_accepted_if_that_is_allowed() {
    let spaces = || [SubjectClaim::new(["sub"]).allow_spaces()];
    assert_eq!(subject(spaces(), &with_claim("sub", json!("CN=Alice Smith"))), Ok("CN=Alice Smith".into()));
    for wrong in [" ", " alice", "alice ", "al  ice", "al\tice", "al\u{a0}ice"] {
        assert_eq!(subject(spaces(), &with_claim("sub", json!(wrong))), Err(reason::SUBJECT_TEXT), "{wrong:?}");
    }
}

#[test]
fn one_matching_audience_is_enough() {
    let keys = KeySet::from_jwks(&ISSUER.jwks()).unwrap();
    let verifier = Jwt::new(issuer(), Audience::any_of(["orders", "orders-v2"]).unwrap(), keys);
    for aud in [json!("orders"), json!("orders-v2"), json!(["x", "orders-v2"])] {
        assert!(verify(&verifier, &with_claim("aud", aud)).is_ok());
    }
    for aud in [json!("stock"), json!(["orders", 1]), json!([]), json!("orders, orders-v2")] {
        assert_eq!(verify(&verifier, &with_claim("aud", aud)).unwrap_err(), reason::AUDIENCE);
    }
    assert_eq!(Audience::any_of([""; 0]), Err(NotStringOrUri::Empty));
    assert_eq!(Audience::any_of(["orders", ""]), Err(NotStringOrUri::Empty));
}

#[test]
fn audience_that_differs_between_both_claims_is_refused() {
    let keys = KeySet::from_jwks(&ISSUER.jwks()).unwrap();
    let issuer = issuer().audience_in("client_id");
    let verifier = Jwt::new(issuer, Audience::any_of(["web", "app"]).unwrap(), keys);
    let token = |aud, client| ISSUER.sign(header(), with(with(claims(), "aud", aud), "client_id", client));
    assert!(verify(&verifier, &token(json!("web"), json!("web"))).is_ok());
    assert!(verify(&verifier, &token(json!(null), json!("app"))).is_ok());
    assert_eq!(verify(&verifier, &token(json!("web"), json!("app"))).unwrap_err(), reason::AUDIENCE);
}

fn tenants(tenants: Tenants) -> Jwt {
    verifier(Issuer::for_tenants(TEMPLATE, tenants).unwrap())
}

fn of_tenant(tenant: &str, tid: &str) -> String {
    let claims = with(claims(), "iss", json!(format!("https://login.example/{tenant}/v2.0")));
    ISSUER.sign(header(), with(claims, "tid", json!(tid)))
}

#[test]
fn tokens_of_listed_tenants_are_accepted() {
    let listed = || tenants(Tenants::listed(["acme", "globex"]));
    let acme = verify(&listed(), &of_tenant("acme", "")).unwrap();
    let globex = verify(&listed(), &of_tenant("globex", "")).unwrap();
    assert_eq!(acme.id().issuer(), "https://login.example/acme/v2.0");
    assert_ne!(acme.id(), globex.id(), "the same subject of two tenants is two callers");
    for tenant in ["initech", "Acme", "", "acme/..", "..", "acme/v2.0", "{tenant}", "acme%2f", "a cme", "acme\u{200b}"]
    {
        assert_eq!(verify(&listed(), &of_tenant(tenant, "")).unwrap_err(), reason::ISSUER, "{tenant}");
    }
    let none = tenants(Tenants::listed([""; 0]));
    assert_eq!(verify(&none, &of_tenant("acme", "")).unwrap_err(), reason::ISSUER);
}

#[test]
fn tenant_function_receives_only_well_formed_tenants() {
    let by = tenants(Tenants::accepted_by(|tenant| {
        assert!(tenant.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)), "{tenant}");
        tenant.starts_with('a')
    }));
    assert!(verify(&by, &of_tenant("acme", "")).is_ok());
    for tenant in ["globex", "a/b", "a\0", &"a".repeat(129)] {
        assert_eq!(verify(&by, &of_tenant(tenant, "")).unwrap_err(), reason::ISSUER, "{tenant}");
    }
}

#[test]
fn tenant_claim_that_differs_from_the_issuer_is_refused() {
    let tid = tenants(Tenants::listed(["acme", "globex"]).also_in("tid"));
    assert!(verify(&tid, &of_tenant("acme", "acme")).is_ok());
    for tid_of_another in ["globex", "", "Acme"] {
        assert_eq!(verify(&tid, &of_tenant("acme", tid_of_another)).unwrap_err(), reason::ISSUER);
    }
}

#[test]
fn malformed_issuer_template_or_tenant_is_refused() {
    let template = |text: &str, tenant: &str| Issuer::for_tenants(text, Tenants::listed([tenant])).map(drop);
    assert_eq!(template(TEMPLATE, "acme"), Ok(()));
    for text in ["https://login.example/v2.0", "https://{tenant}/{tenant}", "{tenant}", "https://x/{tenant}/{id}"] {
        assert_eq!(template(text, "acme"), Err(NotStringOrUri::Template), "{text}");
    }
    for tenant in ["", "a/b", "..", ".", "a b", "é", "*", &"a".repeat(129)] {
        assert_eq!(template(TEMPLATE, tenant), Err(NotStringOrUri::Tenant), "{tenant}");
    }
}

#[test]
fn issuer_that_also_matches_a_template_is_refused() {
    use crate::authn::jwt::{Grants, Trust};
    let trust = |issuer| {
        let keys = KeySet::from_jwks(&ISSUER.jwks()).unwrap();
        Trust::new(issuer, Audience::new("orders").unwrap(), keys, Grants::only(["reader"]))
    };
    let tenants = |template| Issuer::for_tenants(template, Tenants::listed(["acme"])).unwrap();
    let both = |one, other| Jwt::trusting([trust(one), trust(other)]).map(drop);
    let name = |name| Issuer::new(name).unwrap();
    let fits = name("https://login.example/globex/v2.0");
    assert_eq!(both(tenants(TEMPLATE), fits), Err(TrustError::SameIssuer));
    assert_eq!(both(name("https://login.example/a/v2.0"), tenants(TEMPLATE)), Err(TrustError::SameIssuer));
    assert_eq!(both(tenants(TEMPLATE), tenants("https://login.example/x-{tenant}/v2.0")), Err(TrustError::SameIssuer));
    assert_eq!(both(tenants(TEMPLATE), tenants("https://login.example/{tenant}/v1.0")), Ok(()));
    assert_eq!(both(tenants(TEMPLATE), name("https://login.example/a/b/v2.0")), Ok(()));
}

#[test]
fn larger_tokens_are_accepted_if_the_limits_allow_them() {
    let groups = json!(vec!["g".repeat(20); 1_000]);
    let token = with_claim("roles", groups);
    assert!(token.len() > 20_000);
    assert_eq!(verify(&strict(), &token).unwrap_err(), reason::LONG);
    let limits = TokenLimits::default().max_bytes(65_536).unwrap();
    assert_eq!(verify(&strict().limits(limits), &token).unwrap_err(), reason::ROLES);
    let limits = limits.max_list_entries(1_000).unwrap();
    assert!(verify(&strict().limits(limits), &token).is_ok());
    assert_eq!(verify(&strict().limits(limits.max_bytes(20_000).unwrap()), &token).unwrap_err(), reason::LONG);
    let deep: Value = serde_json::from_str(&format!("{}{}", "[".repeat(40), "]".repeat(40))).unwrap();
    let deep = with_claim("x", deep);
    assert_eq!(verify(&strict(), &deep).unwrap_err(), reason::CLAIMS);
    assert!(verify(&strict().limits(limits.max_depth(41).unwrap()), &deep).is_ok());
}

#[test]
fn token_limit_is_settable_within_its_bounds() {
    let (default, refused) = (TokenLimits::default(), |name, max| Some(LimitOutOfBounds { name, max }));
    assert_eq!(default.max_bytes(65_537).err(), refused("max_bytes", 65_536));
    assert_eq!(default.max_bytes(0).err(), refused("max_bytes", 65_536));
    assert_eq!(default.max_list_entries(4_097).err(), refused("max_list_entries", 4_096));
    assert_eq!(default.max_depth(65).err(), refused("max_depth", 64));
    assert_eq!(format!("{:?}", default.max_depth(0).unwrap_err()), "`max_depth` must be between 1 and 64");
}

const TEMPLATE: &str = "https://login.example/{tenant}/v2.0";
