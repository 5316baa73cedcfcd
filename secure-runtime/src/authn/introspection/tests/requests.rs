//! The endpoint over HTTPS: the requests it gets, and what comes of its faults.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::task::JoinSet;
use tracing::level_filters::LevelFilter;

use super::*;
use crate::authz::Denial;
use crate::https::tests::{self as faults, Certificate};
use crate::test_log::Log;
use crate::tls::ClientTls;

#[tokio::test]
async fn introspection_request_has_the_form_of_rfc_7662() {
    let server = good_server().await;
    assert_eq!(present(&introspection(&server), "a+b/c=").await, alice());
    let request = server.requests().remove(0);
    let (head, form) = request.split_once("\r\n\r\n").unwrap();
    let basic = STANDARD.encode("me:correct+horse%3Abattery%26staple");
    assert!(head.starts_with("POST /introspect HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("authorization: Basic {basic}")), "{head}");
    assert!(head.contains("content-type: application/x-www-form-urlencoded"), "{head}");
    assert!(head.contains("accept: application/json"), "{head}");
    assert_eq!(form, "token=a%2Bb%2Fc%3D&token_type_hint=access_token");
}

#[tokio::test]
async fn a_bearer_token_for_the_endpoint_is_read_before_each_request() {
    let server = good_server().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let endpoint = IntrospectionEndpoint::with_bearer_token_file(&server.url("/"), &path, server.tls()).unwrap();
    let introspection = Introspection::new(Issuer::new(ISSUER).unwrap(), Audience::new("orders").unwrap(), endpoint);
    assert_eq!(present(&introspection, "a").await, Err(reason::ENDPOINT), "no file");
    fs::write(&path, "two words").unwrap();
    assert_eq!(present(&introspection, "b").await, Err(reason::ENDPOINT));
    assert_eq!(server.connections(), 0);
    for (token, credential) in [("c", "first"), ("d", "second")] {
        fs::write(&path, format!("{credential}\n")).unwrap();
        assert_eq!(present(&introspection, token).await, alice());
        assert!(server.requests().last().unwrap().contains(&format!("authorization: Bearer {credential}\r\n")));
    }
}

#[test]
fn endpoint_without_an_https_url_is_refused() {
    let tls = || ClientTls::system_roots().unwrap();
    let new = |url| IntrospectionEndpoint::with_client_secret(url, "me", ClientSecret::new("s"), tls()).map(drop);
    assert_eq!(new("http://id.example.com/introspect"), Err(HttpsUrlError::NotHttps));
    assert_eq!(new("https://me:s@id.example.com/introspect"), Err(HttpsUrlError::NotAUrl));
    assert_eq!(new("https://id.example.com/introspect"), Ok(()));
}

#[tokio::test]
async fn answer_that_is_not_strict_json_is_unavailable() {
    let server = good_server().await;
    let good = answer(json!({}));
    let with = |status: &str, lines: &[&str], body: &str| Does::Says(faults::answer(status, lines, body));
    for (name, does, expected) in [
        ("good", ok(&good), alice()),
        ("inactive", ok(r#"{"active":false}"#), Err(reason::INACTIVE)),
        ("text", ok(r#"{"active":"true"}"#), Err(reason::ANSWER)),
        ("empty", ok(""), Err(reason::ANSWER)),
        ("twice", ok(format!("{good}{good}")), Err(reason::ANSWER)),
        ("unauthorized", with("401 Unauthorized", &[], &good), Err(reason::ENDPOINT)),
        ("created", with("201 Created", &[], &good), Err(reason::ENDPOINT)),
        ("error", with("500 Internal Server Error", &[], &good), Err(reason::ENDPOINT)),
        ("redirect", with("307 Temporary Redirect", &["location: https://localhost/"], &good), Err(reason::ENDPOINT)),
        ("coding", with("200 OK", &["content-encoding: gzip"], &good), Err(reason::ENDPOINT)),
        ("not text", ok([b"{\"active\":true,\"a\":\"".as_slice(), b"\xff\"}"].concat()), Err(reason::ENDPOINT)),
        ("huge", Does::Floods(1 << 30), Err(reason::ENDPOINT)),
        ("65,537 bytes", ok(format!("{good}{}", " ".repeat(65_537 - good.len()))), Err(reason::ENDPOINT)),
        ("65,536 bytes", ok(format!("{good}{}", " ".repeat(65_536 - good.len()))), alice()),
    ] {
        server.now(does);
        assert_eq!(present(&introspection(&server), TOKEN).await, expected, "{name}");
    }
    assert!(server.flooded() < 64 << 20, "{} bytes were taken", server.flooded());
    server.now(ok(good));
    for certificate in [Certificate::Expired, Certificate::OfAnotherName] {
        server.presents(&certificate);
        assert_eq!(present(&introspection(&server), TOKEN).await, Err(reason::ENDPOINT));
    }
}

#[tokio::test]
async fn an_endpoint_that_fails_makes_calls_unavailable() {
    let server = FaultyServer::start(Does::Says(b"HTTP/1.1 503 Service Unavailable\r\n\r\n".to_vec())).await;
    let introspection = introspection(&server);
    let refused = present(&introspection, TOKEN).await.unwrap_err();
    assert_eq!((refused, refused.denial()), (reason::ENDPOINT, Denial::KeysUnavailable));
    server.now(ok(answer(json!({}))));
    assert_eq!(present(&introspection, TOKEN).await, Err(reason::ENDPOINT), "it is not asked again at once");
    assert_eq!(present(&introspection, "another").await, alice(), "other tokens are");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(present(&introspection, TOKEN).await, alice());
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn an_inactive_token_is_refused() {
    let server = FaultyServer::start(ok(r#"{"active":false}"#)).await;
    let introspection = introspection(&server);
    for _ in 0..3 {
        let refused = present(&introspection, TOKEN).await.unwrap_err();
        assert_eq!((refused, refused.denial()), (reason::INACTIVE, Denial::CredentialRejected));
    }
    assert_eq!(server.connections(), 1, "the refusal is known for a while");
}

#[tokio::test]
async fn concurrent_calls_share_one_request() {
    let server = FaultyServer::start(Does::SaysLate(
        Duration::from_millis(200),
        faults::answer("200 OK", &[], answer(json!({}))),
    ))
    .await;
    let introspection = introspection(&server);
    let mut calls = JoinSet::new();
    for _ in 0..1_000 {
        let introspection = introspection.clone();
        calls.spawn(async move { present(&introspection, TOKEN).await });
    }
    assert!(calls.join_all().await.into_iter().all(|outcome| outcome == alice()));
    assert_eq!(present(&introspection, TOKEN).await, alice());
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_call_that_is_dropped_does_not_cancel_the_request_of_others() {
    let server = FaultyServer::start(Does::SaysLate(
        Duration::from_millis(300),
        faults::answer("200 OK", &[], answer(json!({}))),
    ))
    .await;
    let introspection = introspection(&server);
    let first = tokio::spawn({
        let introspection = introspection.clone();
        async move { present(&introspection, TOKEN).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    first.abort();
    assert_eq!(present(&introspection, TOKEN).await, alice());
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn requests_beyond_the_limit_are_refused() {
    let server = FaultyServer::start(Does::SaysLate(
        Duration::from_millis(500),
        faults::answer("200 OK", &[], answer(json!({}))),
    ))
    .await;
    let introspection = introspection(&server).max_concurrent_requests(2);
    let mut calls = JoinSet::new();
    for number in 0..10 {
        let introspection = introspection.clone();
        calls.spawn(async move { present(&introspection, &format!("token-{number}")).await });
    }
    let outcomes = calls.join_all().await;
    let count = |expected: &Result<String, Rejection>| outcomes.iter().filter(|outcome| *outcome == expected).count();
    assert_eq!((count(&alice()), count(&Err(reason::BUSY))), (2, 8), "{outcomes:?}");
    assert_eq!(present(&introspection, "token-x").await, alice(), "the places are free again");
}

#[tokio::test]
async fn changed_setting_clears_cached_answers() {
    let server = FaultyServer::start(ok(answer(json!({ "aud": null })))).await;
    let lenient = introspection(&server).allow_missing_audience();
    assert_eq!(present(&lenient, TOKEN).await, alice());
    assert!(present(&lenient.max_cache_bytes(0), TOKEN).await.is_ok());
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn tokens_and_secrets_are_not_logged() {
    let (log, _guard) = Log::start(LevelFilter::TRACE);
    let echo = format!("{{\"active\":\"{TOKEN} {SECRET} the-role\"}}");
    let server = FaultyServer::start(ok(&echo)).await;
    let introspection = introspection(&server);
    let mut text = format!("{introspection:?}");
    for number in 0..5 {
        text += &format!("{:?}", present(&introspection, &format!("{TOKEN}{number}")).await);
    }
    server.now(ok(answer(json!({ "roles": ["the-role"], "sub": "alice" }))));
    text += &format!("{:?}", present(&introspection, TOKEN).await);
    let lines = log.text();
    assert_eq!(lines.matches("tokens cannot be introspected").count(), 1, "one line for five failures: {lines}");
    assert!(lines.contains("`active` is neither `true` nor `false`"), "{lines}");
    text += &lines;
    let basic = STANDARD.encode("me:correct+horse%3Abattery%26staple");
    for secret in [TOKEN, SECRET, "battery", "the-role", &basic] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
