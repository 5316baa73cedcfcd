//! Metrics of handshakes and connections, and metrics that are read at each collection.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secure_runtime::ServerTls;
use secure_runtime::audit::{AuditEvent, AuditLogger, ConnectionEvent, JsonLines};
use secure_runtime::authn::jwt::KeySet;
use secure_runtime::server::Limits;
use secure_runtime::testing::TestIssuer;
use secure_tests::kinds_service::Recorder;
use secure_tests::pki::Ca;
use secure_tests::secured::{Secured, good_claims, jwt};
use secure_tests::server::call;
use secure_tests::services::kinds::v1::kinds_policy::Method;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::exported::{Exported, Values};

/// The value of a metric, with these labels.
fn value(values: &Values, name: &str, labels: &str) -> Option<f64> {
    values.get(&(name.to_owned(), labels.to_owned())).copied()
}

#[derive(Clone, Default)]
struct Failures(Arc<Mutex<Vec<&'static str>>>);

impl AuditLogger for Failures {
    fn log(&self, _: &AuditEvent<'_>) {}

    fn log_connection(&self, event: &ConnectionEvent) {
        assert!(event.remote_addr.is_some());
        self.0.lock().unwrap().push(event.failure.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_handshakes_are_counted_and_recorded_with_their_reason() {
    let (exported, failures) = (Exported::new(), Failures::default());
    let secured = Secured::start(&Recorder::default(), |server| {
        server.telemetry(exported.telemetry.clone()).audit(failures.clone())
    })
    .await;
    let channel = secured.channel().await;
    call(&channel, Method::UnaryPublic.path(), &[]).await;
    assert!(secured.tls_speaking(&[b"http/1.1"]).await.is_err());
    let mut stream = TcpStream::connect(secured.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    drop(TcpStream::connect(secured.address).await.unwrap());
    let expected = ["no_http2", "nothing_received", "tls_error"];
    let seen = || {
        let mut seen = failures.0.lock().unwrap().clone();
        seen.sort_unstable();
        seen
    };
    for _ in 0..200 {
        if seen().len() == expected.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(seen(), expected);
    let values = exported.values();
    for outcome in expected.into_iter().chain(["completed"]) {
        let labels = format!("secure.outcome={outcome}");
        assert_eq!(value(&values, "secure.server.handshakes {handshake}", &labels), Some(1.0), "{outcome}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_that_clients_reach_are_counted() {
    let exported = Exported::new();
    let limits = Limits::default().handshake_timeout(Duration::from_millis(200));
    let secured =
        Secured::start(&Recorder::default(), |server| server.telemetry(exported.telemetry.clone()).limits(limits))
            .await;
    let _silent = secured.tls_speaking(&[b"h2"]).await.unwrap();
    let count = || value(&exported.values(), "secure.server.limits {event}", "secure.limit=handshake_timeout");
    for _ in 0..200 {
        if count().is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(count(), Some(1.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn open_connections_are_counted() {
    let exported = Exported::new();
    let secured = Secured::start(&Recorder::default(), |server| server.telemetry(exported.telemetry.clone())).await;
    let open = || value(&exported.values(), "secure.server.connections {connection}", "").unwrap_or_default();
    let channels = [secured.channel().await, secured.channel().await];
    for channel in &channels {
        call(channel, Method::UnaryPublic.path(), &[]).await;
    }
    assert_eq!(open(), 2.0);
    drop(channels);
    for _ in 0..200 {
        if open() == 0.0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} connections are open", open());
}

#[tokio::test]
async fn ages_dates_and_counts_are_current_at_each_collection() {
    let (exported, issuer, ca) = (Exported::new(), TestIssuer::new("https://id.example.com"), Ca::new("tests"));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), issuer.jwks()).unwrap();
    let (keys, tokens, audit) =
        (KeySet::from_jwks_file(file.path()).unwrap(), jwt(&issuer), JsonLines::new(std::io::sink()));
    let issued = ca.issue();
    let tls = ServerTls::from_pem(&issued.chain, &issued.key).unwrap().without_client_certificates();
    let telemetry = &exported.telemetry;
    telemetry.watch_keys("main", &keys);
    telemetry.watch_keys("fixed", &KeySet::from_jwks(&issuer.jwks()).unwrap());
    telemetry.watch_tokens("main", &tokens);
    for name in ["main", "payments"] {
        telemetry.watch_audit(name, &audit);
    }
    telemetry.watch_certificate("server", tls.watch());
    let token = issuer.token(good_claims(json!({})));
    for _ in 0..3 {
        _ = tokens.verify(&token, None);
    }
    let values = exported.values();
    let age = value(&values, "secure.keys.age s", "secure.name=main").unwrap();
    assert!((0.0..60.0).contains(&age), "{age}");
    assert_eq!(value(&values, "secure.keys.age s", "secure.name=fixed"), None, "they are never read again");
    for name in ["main", "payments"] {
        assert_eq!(value(&values, "secure.audit.dropped {line}", &format!("secure.name={name}")), Some(0.0), "{name}");
    }
    let lookups = |result: &str| {
        value(&values, "secure.token_cache.lookups {lookup}", &format!("secure.cache={result}|secure.name=main"))
    };
    assert_eq!((lookups("hit"), lookups("miss")), (Some(2.0), Some(1.0)));
    assert_eq!(value(&values, "secure.certificate.not_after s", "secure.name=server"), None, "not in use yet");
}
