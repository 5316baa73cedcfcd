//! A token endpoint over HTTPS: the requests it gets, and which of its responses are accepted.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Response;
use serde_json::json;
use tokio::task::JoinSet;
use tonic::Code;
use tracing::level_filters::LevelFilter;

use crate::client::oauth::TokenError;
use crate::client::oauth::answer::Granted;
use crate::client::{ClientCredentialsGrant, ClientSecret, Credentials, HttpsUrlError};
use crate::https::tests::{self as faults, Certificate, Does, FaultyServer, ok};
use crate::test_log::Log;

const SECRET: &str = "correct horse:battery&staple";

fn grant(server: &FaultyServer, secret: ClientSecret) -> ClientCredentialsGrant {
    ClientCredentialsGrant::new(&server.url("/token"), "the client", secret, server.tls()).unwrap()
}

fn credentials(server: &FaultyServer) -> Credentials {
    Credentials::client_credentials(grant(server, ClientSecret::new(SECRET)))
}

async fn header(credentials: &Credentials) -> Result<String, Code> {
    let value = credentials.header().await.map_err(|status| status.code())?.unwrap();
    Ok(value.to_str().unwrap().to_owned())
}

fn granted(token: &str) -> Does {
    ok(json!({ "access_token": token, "token_type": "bearer", "expires_in": 3_600 }).to_string())
}

#[tokio::test]
async fn token_request_has_the_form_of_rfc_6749() {
    let server = FaultyServer::start(granted("t")).await;
    let grant = grant(&server, ClientSecret::new(SECRET)).scopes(["orders:read", "orders:write"]);
    let grant = grant.resource("https://orders.example.com/a?b").audience("orders");
    assert_eq!(header(&Credentials::client_credentials(grant)).await, Ok("Bearer t".into()));
    let request = server.requests().remove(0);
    let (head, form) = request.split_once("\r\n\r\n").unwrap();
    let basic = STANDARD.encode("the+client:correct+horse%3Abattery%26staple");
    assert!(head.starts_with("POST /token HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("authorization: Basic {basic}")), "{head}");
    assert!(head.contains("content-type: application/x-www-form-urlencoded"), "{head}");
    assert_eq!(
        form,
        "grant_type=client_credentials&scope=orders%3Aread+orders%3Awrite\
         &resource=https%3A%2F%2Forders.example.com%2Fa%3Fb&audience=orders"
    );
}

#[tokio::test]
async fn concurrent_calls_share_one_request_over_https() {
    let server = FaultyServer::start(granted("t")).await;
    let credentials = credentials(&server);
    let mut calls = JoinSet::new();
    for _ in 0..1_000 {
        let credentials = credentials.clone();
        calls.spawn(async move { header(&credentials).await });
    }
    assert!(calls.join_all().await.into_iter().all(|outcome| outcome == Ok("Bearer t".into())));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn answer_without_a_bearer_token_in_strict_json_is_refused() {
    let server = FaultyServer::start(Does::Nothing).await;
    let member = |name: &str, value| {
        let mut answer = json!({ "access_token": "t", "token_type": "Bearer", "expires_in": 60 });
        answer[name] = value;
        ok(answer.to_string())
    };
    let with = |status: &str, lines: &[&str], body: &str| Does::Says(faults::answer(status, lines, body));
    let good = r#"{"access_token":"t","token_type":"BEARER"}"#;
    for (name, does, counts) in [
        ("no expires_in", ok(good), true),
        ("a member nobody knows", member("scope", json!("a")), true),
        ("another type", member("token_type", json!("DPoP")), false),
        ("no type", member("token_type", json!(null)), false),
        ("no token", member("access_token", json!(null)), false),
        ("an empty token", member("access_token", json!("")), false),
        ("a token that is none", member("access_token", json!("a b\r\nx: y")), false),
        ("expires_in is text", member("expires_in", json!("3600")), false),
        ("expires_in is over", member("expires_in", json!(0)), false),
        ("expires_in is negative", member("expires_in", json!(-1)), false),
        ("a name twice", ok(r#"{"access_token":"t","token_type":"Bearer","access_token":"u"}"#), false),
        ("no object", ok(format!("[{good}]")), false),
        ("text after it", ok(format!("{good} {good}")), false),
        ("empty", ok(""), false),
        ("an error", with("400 Bad Request", &[], r#"{"error":"invalid_client"}"#), false),
        ("a good answer with a bad status", with("500 Internal Server Error", &[], good), false),
        ("a created one", with("201 Created", &[], good), false),
        ("a redirect", with("307 Temporary Redirect", &["location: https://localhost/"], good), false),
        ("a coding", with("200 OK", &["content-encoding: gzip"], good), false),
        ("huge", Does::Floods(1 << 30), false),
        ("65,537 bytes", ok(format!("{good}{}", " ".repeat(65_537 - good.len()))), false),
        ("65,536 bytes", ok(format!("{good}{}", " ".repeat(65_536 - good.len()))), true),
    ] {
        server.now(does);
        let expected = if counts { Ok("Bearer t".into()) } else { Err(Code::Unavailable) };
        assert_eq!(header(&credentials(&server)).await, expected, "{name}");
    }
    assert!(server.flooded() < 64 << 20, "{} bytes were taken", server.flooded());
}

#[test]
fn a_token_that_cannot_be_sent_is_not_kept() {
    let read = |token: &str, expires_in: i32| {
        let answer = json!({ "access_token": token, "token_type": "Bearer", "expires_in": expires_in });
        Granted::read(&Response::new(answer.to_string())).map(|granted| granted.life.as_secs())
    };
    assert!(matches!(read("t", 60), Ok(60)));
    assert!(matches!(read("t", 900_000), Ok(86_400)));
    assert!(matches!(read("t", 0), Err(TokenError::ExpiresIn)));
    assert!(matches!(read("a b", 60), Err(TokenError::AccessToken)));
}

#[tokio::test]
async fn no_secret_is_sent_to_a_server_that_proves_another_name() {
    let server = FaultyServer::start(granted("t")).await;
    for certificate in [Certificate::OfAnotherName, Certificate::Expired] {
        server.presents(&certificate);
        assert_eq!(header(&credentials(&server)).await, Err(Code::Unavailable));
    }
    assert_eq!(server.requests().len(), 0);
    let http = server.url("/token").replace("https", "http");
    let refused = ClientCredentialsGrant::new(&http, "c", ClientSecret::new("s"), server.tls());
    assert_eq!(refused.unwrap_err(), HttpsUrlError::NotHttps);
}

#[tokio::test]
async fn replaced_secret_file_is_used() {
    let (folder, server) = (tempfile::tempdir().unwrap(), FaultyServer::start(granted("t")).await);
    let path = folder.path().join("secret");
    let ask = async || header(&Credentials::client_credentials(grant(&server, ClientSecret::file(&path)))).await;
    assert_eq!(ask().await, Err(Code::Unavailable));
    fs::write(&path, "\n").unwrap();
    assert_eq!(ask().await, Err(Code::Unavailable));
    for secret in ["first", "second"] {
        fs::write(&path, format!("{secret}\n")).unwrap();
        assert_eq!(ask().await, Ok("Bearer t".into()));
        let basic = STANDARD.encode(format!("the+client:{secret}"));
        assert!(server.requests().last().unwrap().contains(&format!("Basic {basic}\r\n")));
    }
}

#[tokio::test]
async fn debug_output_has_no_secret_and_no_token() {
    let (log, _guard) = Log::start(LevelFilter::TRACE);
    let server = FaultyServer::start(granted("the-token")).await;
    let grant = grant(&server, ClientSecret::new(SECRET));
    let printed = format!("{grant:?} {:?} {:?}", ClientSecret::new(SECRET), credentials(&server));
    assert_eq!(header(&Credentials::client_credentials(grant.clone())).await, Ok("Bearer the-token".into()));
    let echo = format!("{{\"error\":\"{SECRET}\",\"error_description\":\"{SECRET}\"}}");
    server.now(Does::Says(faults::answer("401 Unauthorized", &[], echo)));
    let status = Credentials::client_credentials(grant).header().await.unwrap_err();
    let text = format!("{printed} {status:?} {}", log.text());
    assert!(text.contains("status 401 and the error `unknown`"), "{text}");
    let basic = STANDARD.encode("the+client:correct+horse%3Abattery%26staple");
    for secret in [SECRET, "battery", "the-token", &basic, &basic[..20]] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
