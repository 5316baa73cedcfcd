//! Which tokens the endpoint is asked about, alone and beside JWTs.

use super::*;
use crate::authn::ApiKeys;
use crate::authn::jwt::{Jwt, KeySet, TokenLimits};
use crate::testing::TestIssuer;

fn jwt(issuer: &TestIssuer) -> Jwt {
    let keys = KeySet::from_jwks(&issuer.jwks()).unwrap();
    Jwt::new(Issuer::new(issuer.name()).unwrap(), Audience::new("orders").unwrap(), keys)
}

fn token(issuer: &TestIssuer) -> String {
    issuer.token(json!({ "aud": "orders", "sub": "bob" }))
}

async fn subject(authenticator: &impl Authenticator, token: &str) -> Result<String, &'static str> {
    let outcome = ask(authenticator, &format!("Bearer {token}")).await;
    outcome.map(|principal| principal.unwrap().id().subject().to_owned()).map_err(|rejection| rejection.reason())
}

#[tokio::test]
async fn a_malformed_or_long_token_is_not_sent_to_the_endpoint() {
    let server = good_server().await;
    let introspection = introspection(&server);
    for value in ["Bearer", "Basic a", "Bearer a b", "Bearer a=b", "Bearer ä", &format!("Bearer {}", "a".repeat(8_193))]
    {
        assert!(ask(&introspection, value).await.is_err(), "{value}");
    }
    for token in ["", "a b", "a\nb", "ä", &"a".repeat(8_193)] {
        assert!(matches!(introspection.verify(token, None), Authentication::Ready(Err(_))), "{token}");
    }
    assert_eq!(server.connections(), 0);
    let long = "a".repeat(60_000);
    let introspection = introspection.limits(TokenLimits::default().max_bytes(65_536).unwrap());
    assert_eq!(present(&introspection, &long).await, alice());
}

#[tokio::test]
async fn a_token_without_the_prefix_is_not_sent_to_the_endpoint() {
    let server = good_server().await;
    let introspection = introspection(&server).prefix("shop_at_");
    assert_eq!(present(&introspection, "shop_at_1").await, alice());
    assert_eq!(present(&introspection, "shop_rt_1").await, Err(reason::PREFIX));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_jwt_is_not_sent_to_the_endpoint() {
    let server = good_server().await;
    let introspection = introspection(&server);
    let (own, other) = (token(&TestIssuer::new(ISSUER)), token(&TestIssuer::new("https://other.example.com")));
    assert_eq!(present(&introspection, &own).await, Err(reason::JWT));
    assert_eq!(present(&introspection, &other).await, Err(reason::JWT));
    assert_eq!(server.connections(), 0);
    let introspection = introspection.accept_jwts();
    assert_eq!(present(&introspection, &own).await, alice());
    assert_eq!(present(&introspection, &other).await, Err(reason::JWT), "it may be good at another service");
    assert_eq!(present(&introspection, "a.b.c").await, alice(), "three parts alone are no JWT");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn either_asks_the_endpoint_about_opaque_tokens_only() {
    let server = good_server().await;
    let issuer = TestIssuer::new("https://jwt.example.com");
    let either = introspection(&server).either(jwt(&issuer));
    assert_eq!(subject(&either, &token(&issuer)).await, Ok("bob".into()));
    assert!(subject(&either, &token(&TestIssuer::new("https://jwt.example.com"))).await.is_err(), "another key");
    assert!(subject(&either, &token(&TestIssuer::new("https://other.example.com"))).await.is_err());
    assert_eq!(server.connections(), 0);
    assert_eq!(subject(&either, TOKEN).await, Ok("alice".into()));
    assert_eq!(server.connections(), 1);
    assert!(ask(&either, "Basic YTpi").await.is_err());
}

#[tokio::test]
async fn token_that_no_authenticator_accepts_is_refused_and_not_anonymous() {
    let server = good_server().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    std::fs::write(&path, r#"{"keys":[]}"#).unwrap();
    let keys = ApiKeys::from_file("https://keys.example.com", &path).unwrap();
    let either = introspection(&server).prefix("shop_").either(keys);
    for token in ["other_1", &token(&TestIssuer::new(ISSUER))] {
        assert!(subject(&either, token).await.is_err(), "{token}");
    }
    assert!(ask(&either, "Basic YTpi").await.is_err());
    assert_eq!(server.connections(), 0);
}
