//! Servers of keys that fail: good tokens keep passing by the last good keys, and the next good answer counts.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::sleep;
use tracing::subscriber::DefaultGuard;

use super::*;
use crate::authn::jwt::key_set::format::KeyFormat;
use crate::authn::jwt::key_set::live::Live;
use crate::authn::jwt::key_set::refresh::{Refresher, Source};
use crate::authn::jwt::key_set::remote::Discovery;
use crate::authn::jwt::key_set::single_flight::SingleFlight;
use crate::authn::jwt::key_set::url::{JwksUrl, Timing};
use crate::authn::jwt::{KeyUrl, KeyUrlError, reason};
use crate::https::Https;
use crate::https::tests::{self as faults, Certificate, Does, FaultyServer, ok};

/// Shorter than the real ones, so that the tests are fast.
const TIMING: Timing = Timing {
    attempt_timeout: Duration::from_millis(1_500),
    retry_interval: Duration::from_millis(100),
    min_interval: Duration::from_millis(100),
    max_outage: Duration::from_secs(600),
};

/// A server that was good for a while, and a verifier that has its keys.
struct Stage {
    server: FaultyServer,
    issuer: TestIssuer,
    tokens: Jwt,
    log: Log,
    _guard: DefaultGuard,
}

impl Stage {
    async fn start() -> Self {
        let issuer = issuer();
        let server = FaultyServer::start(ok(jwks(&issuer, "first"))).await;
        let stage = Self::with(server, issuer);
        assert_eq!(answer(&stage.tokens, &stage.token("first")).await, Ok(()));
        stage
    }

    fn with(server: FaultyServer, issuer: TestIssuer) -> Self {
        let (log, guard) = Log::start(LevelFilter::INFO);
        let tokens = verifier(&follow(jwks_url(&server)));
        Self { server, issuer, tokens, log, _guard: guard }
    }

    fn token(&self, kid: &str) -> String {
        token(&self.issuer, kid)
    }

    /// Good tokens pass while the server does this, the log says why it does not count, and its end is seen.
    async fn stands(&self, does: Does, class: &str) {
        self.server.now(does);
        self.until_logged(class).await;
        self.recovers().await;
    }

    async fn until_logged(&self, class: &str) {
        for _ in 0..600 {
            assert_eq!(answer(&self.tokens, &self.token("first")).await, Ok(()), "{class}");
            assert_eq!(answer(&self.tokens, &self.token("second")).await, Err(reason::KEY_UNKNOWN), "{class}");
            if self.log.lines("WARN").iter().any(|line| line.contains(class)) {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("no `{class}` in {:?}", self.log.lines(""));
    }

    /// The server has seen that the client does not wait for ever.
    async fn until_cut(&self) {
        for _ in 0..1_000 {
            if self.server.cut() > 0 {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("no connection was cut");
    }

    async fn recovers(&self) {
        self.server.now(ok(jwks(&self.issuer, "second")));
        for _ in 0..600 {
            if answer(&self.tokens, &self.token("second")).await.is_ok() {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("no new keys: {:?}", self.log.lines(""));
    }
}

fn jwks_url(server: &FaultyServer) -> JwksUrl {
    let https = Https::new(server.tls(), 512 * 1_024);
    JwksUrl { url: server.url("/jwks").parse().unwrap(), https, timing: TIMING, format: KeyFormat::jwks(), token: None }
}

/// Refreshed by this thread, so that what is logged can be read.
fn follow(source: impl Source) -> KeySet {
    let live = Arc::new(Live::empty(SingleFlight::new(TIMING.min_interval)));
    tokio::spawn(Refresher::new(source, &live).run());
    KeySet::of_live(live)
}

fn says(status: &str, lines: &[&str], body: impl AsRef<[u8]>) -> Does {
    Does::Says(faults::answer(status, lines, body))
}

/// A set with the issuer's key, changed.
fn jwks_with(issuer: &TestIssuer, change: impl FnOnce(&mut Value)) -> String {
    let mut set: Value = serde_json::from_str(&jwks(issuer, "second")).unwrap();
    change(&mut set["keys"]);
    set.to_string()
}

#[tokio::test]
async fn calls_are_unavailable_until_the_key_server_is_up() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let issuer = issuer();
    let server = FaultyServer::new(address, ok(jwks(&issuer, "second")));
    let stage = Stage::with(server, issuer);
    sleep(TIMING.retry_interval * 3).await;
    assert_eq!(answer(&stage.tokens, &stage.token("second")).await, Err(reason::KEYS));
    let errors = stage.log.lines("ERROR");
    assert!(errors[0].contains("refuses connections"), "{errors:?}");
    stage.server.listen(TcpListener::bind(address).await.unwrap());
    stage.recovers().await;
}

#[tokio::test]
async fn good_token_is_accepted_while_the_key_server_is_slow() {
    let stage = Stage::start().await;
    let late = faults::answer("200 OK", &[], jwks(&stage.issuer, "second"));
    stage.stands(Does::SaysLate(TIMING.attempt_timeout * 2, late), "no complete response within 1.5s").await;
}

#[tokio::test]
async fn good_token_is_accepted_while_the_key_server_sends_single_bytes() {
    let stage = Stage::start().await;
    let slow = faults::answer("200 OK", &[], jwks(&stage.issuer, "second"));
    stage.stands(Does::Drips(slow), "no complete response within 1.5s").await;
    stage.until_cut().await;
}

#[tokio::test]
async fn good_token_is_accepted_while_the_key_server_is_silent() {
    let stage = Stage::start().await;
    stage.stands(Does::Nothing, "no complete response within 1.5s").await;
    stage.until_cut().await;
}

#[tokio::test]
async fn good_token_is_accepted_while_the_key_server_stalls_its_handshake() {
    let stage = Stage::start().await;
    stage.stands(Does::NotEvenTls, "no complete response within 1.5s").await;
}

#[tokio::test]
async fn answer_of_one_gibibyte_is_refused_without_memory_growth() {
    let stage = Stage::start().await;
    let before = resident_mebibytes();
    stage.stands(Does::Floods(1 << 30), "more than 524288 bytes").await;
    let grown = resident_mebibytes().saturating_sub(before);
    assert!(grown < 64, "{grown} MiB");
    stage.until_cut().await;
    assert!(stage.server.flooded() < 64 << 20, "{} bytes were taken", stage.server.flooded());
}

#[tokio::test]
async fn endless_response_head_is_refused() {
    let stage = Stage::start().await;
    let lines = "x: y\r\n".repeat(1 << 20);
    stage.stands(Does::Says(format!("HTTP/1.1 200 OK\r\n{lines}").into()), "the HTTP exchange failed").await;
}

#[tokio::test]
async fn compressed_answer_is_refused_without_decompression() {
    // A gigabyte of blanks would be a megabyte like this; nobody looks beyond its head.
    let bomb = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0; 100_000]].concat();
    let stage = Stage::start().await;
    stage.stands(says("200 OK", &["content-encoding: gzip"], bomb), "a content coding").await;
    assert!(stage.server.requests().iter().all(|request| request.contains("accept-encoding: identity")));
}

#[tokio::test]
async fn undeclared_compressed_answer_is_refused() {
    let bomb = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0; 100_000]].concat();
    Stage::start().await.stands(says("200 OK", &[], bomb), "the response is not UTF-8").await;
}

#[tokio::test]
async fn html_page_with_status_200_is_refused() {
    let page = says("200 OK", &["content-type: text/html"], "<html>Back soon</html>");
    Stage::start().await.stands(page, "not a strict JSON object").await;
}

#[tokio::test]
async fn truncated_answer_is_refused() {
    let stage = Stage::start().await;
    let mut cut = faults::answer("200 OK", &[], jwks(&stage.issuer, "second"));
    cut.truncate(cut.len() - 3);
    stage.stands(Does::Says(cut), "the HTTP exchange failed").await;
}

#[tokio::test]
async fn truncated_answer_without_a_length_is_refused() {
    let stage = Stage::start().await;
    let cut = format!("HTTP/1.1 200 OK\r\n\r\n{}", &jwks(&stage.issuer, "second")[..40]);
    stage.stands(Does::Says(cut.into()), "not a strict JSON object").await;
}

#[tokio::test]
async fn an_empty_answer_is_refused() {
    Stage::start().await.stands(ok(""), "not a strict JSON object").await;
}

#[tokio::test]
async fn a_set_without_keys_is_refused() {
    Stage::start().await.stands(ok(r#"{"keys":[]}"#), "no key can be used").await;
}

#[tokio::test]
async fn a_key_that_is_listed_twice_is_one_key() {
    let issuer = issuer();
    let server = FaultyServer::start(Does::Nothing).await;
    let twice = jwks_with(&issuer, |keys| *keys = json!([keys[0], keys[0], "odd", null]));
    server.now(ok(twice));
    let stage = Stage::with(server, issuer);
    assert_eq!(answer(&stage.tokens, &stage.token("second")).await, Ok(()));
}

#[tokio::test]
async fn a_set_of_10_000_keys_is_refused() {
    let stage = Stage::start().await;
    let many =
        |keys: &mut Value| *keys = (0..10_000).map(|kid| json!({ "kty": "x", "kid": kid.to_string() })).collect();
    stage.stands(ok(jwks_with(&stage.issuer, many)), "too many keys").await;
}

#[tokio::test]
async fn short_edwards_key_is_left_out() {
    let stage = Stage::start().await;
    let short = jwks_with(&stage.issuer, |keys| keys[0]["x"] = json!("AAAA"));
    stage.stands(ok(short), "no key can be used").await;
}

#[tokio::test]
async fn private_keys_and_secrets_are_left_out() {
    let stage = Stage::start().await;
    let private = jwks_with(&stage.issuer, |keys| keys[0]["d"] = json!("c2VjcmV0LXZhdWx0"));
    stage.stands(ok(private), "no key can be used").await;
    assert!(!stage.log.lines("").concat().contains("c2VjcmV0"));
}

#[tokio::test]
async fn set_with_only_a_secret_is_refused() {
    let stage = Stage::start().await;
    let secret =
        jwks_with(&stage.issuer, |keys| keys[0] = json!({ "kty": "oct", "kid": "second", "k": "c2VjcmV0LXZhdWx0" }));
    stage.stands(ok(secret), "no key can be used").await;
    assert!(!stage.log.lines("").concat().contains("c2VjcmV0"));
}

#[tokio::test]
async fn a_redirect_to_http_is_not_followed() {
    let stage = Stage::start().await;
    let location = format!("location: {}", stage.server.url("/jwks").replace("https", "http"));
    stage.stands(says("302 Found", &[&location], ""), "status 302").await;
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let stage = Stage::start().await;
    let other = FaultyServer::start(ok(jwks(&stage.issuer, "second"))).await;
    let location = format!("location: {}", other.url("/jwks"));
    stage.stands(says("308 Permanent Redirect", &[&location], jwks(&stage.issuer, "second")), "status 308").await;
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn status_other_than_200_is_refused() {
    let stage = Stage::start().await;
    stage.stands(says("203 Non-Authoritative", &[], jwks(&stage.issuer, "second")), "status 203").await;
}

#[tokio::test]
async fn key_server_with_another_name_receives_no_request() {
    let stage = Stage::start().await;
    stage.server.now(ok(jwks(&stage.issuer, "second")));
    let requests = stage.server.requests().len();
    stage.server.presents(&Certificate::OfAnotherName);
    stage.until_logged("is for another name").await;
    assert_eq!(stage.server.requests().len(), requests);
    stage.server.presents(&Certificate::Good);
    stage.recovers().await;
}

#[tokio::test]
async fn key_server_with_an_expired_certificate_receives_no_request() {
    let stage = Stage::start().await;
    stage.server.now(ok(jwks(&stage.issuer, "second")));
    stage.server.presents(&Certificate::Expired);
    stage.until_logged("has expired or is not valid yet").await;
    stage.server.presents(&Certificate::Good);
    stage.recovers().await;
}

#[tokio::test]
async fn keys_are_found_through_the_discovery_document() {
    let issuer = issuer();
    let jwks_server = FaultyServer::start(ok(jwks(&issuer, "second"))).await;
    // Both servers must be trusted by one client: the keys are where the document is.
    let document = |name: &str, uri: &str| ok(json!({ "issuer": name, "jwks_uri": uri }).to_string());
    let server = jwks_server.clone();
    let discovery = || Discovery {
        url: server.url("/.well-known/openid-configuration").parse().unwrap(),
        name: NAME.into(),
        https: Https::new(server.tls(), 512 * 1_024),
        timing: TIMING,
    };
    let outcome = async |does| {
        server.now(does);
        discovery().load().await.map(|loaded| loaded.text).map_err(|error| format!("{error:?}"))
    };
    for (does, class) in [
        (document("https://id.example.org", "https://localhost/jwks"), "another `issuer`"),
        (document("https://id.example.com/", "https://localhost/jwks"), "another `issuer`"),
        (document(NAME, "http://localhost/jwks"), "must begin with `https://`"),
        (ok(json!({ "issuer": NAME }).to_string()), "no `jwks_uri`"),
        (ok("[]"), "not a strict JSON object"),
        (ok(r#"{"issuer":"a","issuer":"b"}"#), "not a strict JSON object"),
        (says("404 Not Found", &[], ""), "status 404"),
    ] {
        let error = outcome(does).await.unwrap_err();
        assert!(error.contains(class), "{class}: {error}");
    }
    // The document again where the keys should be: both were asked.
    let uri = server.url("/keys?v=1");
    assert!(outcome(document(NAME, &uri)).await.unwrap().contains("jwks_uri"));
    let paths: Vec<_> = server.requests().iter().map(|it| it.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(paths[paths.len() - 2..], ["/.well-known/openid-configuration", "/keys?v=1"]);
}

#[test]
fn url_without_https_is_refused_at_once() {
    let server = FaultyServer::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), Does::Nothing);
    let tls = || server.tls();
    for url in ["http://id.example.com/jwks", "id.example.com", "https://me:secret@id.example.com/"] {
        assert!(matches!(KeySet::from_jwks_url(url, tls()), Err(KeyUrlError::Url(_))), "{url}");
    }
    for name in ["http://id.example.com", "https://id.example.com/?a=b", "accounts"] {
        assert!(
            matches!(KeySet::from_discovery(&Issuer::new(name).unwrap(), tls()), Err(KeyUrlError::Url(_))),
            "{name}"
        );
    }
}

#[tokio::test]
async fn keys_are_fetched_on_a_separate_thread() {
    let issuer = issuer();
    let server = FaultyServer::start(ok(jwks(&issuer, "first"))).await;
    let keys = KeySet::from_jwks_url(&server.url("/jwks"), server.tls()).unwrap();
    let tokens = verifier(&keys);
    for _ in 0..1_000 {
        if answer(&tokens, &token(&issuer, "first")).await.is_ok() {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(answer(&tokens, &token(&issuer, "first")).await, Ok(()));
}

#[tokio::test]
async fn keys_are_fetched_with_a_bearer_token_from_a_file() {
    let (issuer, folder) = (issuer(), tempfile::tempdir().unwrap());
    let path = folder.path().join("token");
    let server = FaultyServer::start(ok(jwks(&issuer, "first"))).await;
    let url = || KeyUrl::new(&server.url("/jwks"), server.tls()).unwrap().bearer_token_file(&path).into_source();
    let source = |source: JwksUrl| JwksUrl { timing: TIMING, ..source };
    let tokens = verifier(&follow(source(url())));
    for no_token in ["", "two words", "half\nwritten"] {
        fs::write(&path, no_token).unwrap();
        sleep(Duration::from_millis(150)).await;
    }
    assert_eq!(answer(&tokens, &token(&issuer, "first")).await, Err(reason::KEYS));
    assert!(server.requests().is_empty(), "nothing is asked without the token");
    fs::write(&path, "the-token-of-a-pod\n").unwrap();
    for _ in 0..500 {
        if answer(&tokens, &token(&issuer, "first")).await.is_ok() {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(answer(&tokens, &token(&issuer, "first")).await, Ok(()));
    let request = server.requests().remove(0).to_ascii_lowercase();
    assert!(request.contains("\r\nauthorization: bearer the-token-of-a-pod\r\n"), "{request}");
}

/// What this process holds in memory.
fn resident_mebibytes() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4_096 / (1 << 20)
}
