//! Clients in Go, JavaScript and Python call our server.

use secure_runtime::authz::Access;
use secure_tests::kinds_service::Recorder;
use secure_tests::pki::{Ca, Issued};
use secure_tests::secured::Secured;
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::tokens::{callers, declared};
use serde_json::{Value, json};
use tonic::Code;

use crate::peer::{Language, Peer, Plan};

#[tokio::test(flavor = "multi_thread")]
async fn go_client_gets_the_declared_decisions() {
    every_call_ends_as_declared(Language::Go).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn javascript_client_gets_the_declared_decisions() {
    every_call_ends_as_declared(Language::JavaScript).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_client_gets_the_declared_decisions() {
    every_call_ends_as_declared(Language::Python).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn go_client_without_a_trusted_certificate_is_refused() {
    strangers_reach_nothing(Language::Go).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn javascript_client_without_a_trusted_certificate_is_refused() {
    strangers_reach_nothing(Language::JavaScript).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_client_without_a_trusted_certificate_is_refused() {
    strangers_reach_nothing(Language::Python).await;
}

/// Once with tokens alone, and once with client certificates too.
async fn every_call_ends_as_declared(language: Language) {
    let recorder = Recorder::default();
    let tls = Secured::start(&recorder, |server| server).await;
    let mutual = Secured::start_mutual(&recorder).await;
    let certificate = mutual.ca.issue();
    for (server, own) in [(tls, None), (mutual, Some(&certificate))] {
        let (mut calls, mut expected, mut admitted) = (Vec::new(), Vec::new(), Vec::new());
        let callers = callers(&server);
        for &method in Method::ALL {
            for (caller, credential, worth) in &callers {
                let code = declared(method.rule().access(), *worth);
                calls.push(call(method, caller, credential.as_deref()));
                expected.push(report(method, caller, code));
                // The gate does not look who calls a method that ignores credentials.
                let identity = worth.identity().filter(|_| method.rule().access() != Access::Anonymous);
                admitted.extend((code == Code::Ok).then_some((method, identity)));
            }
        }
        let Some(reports) = reports(language, &server, &server.ca, own, calls) else { return };
        assert_eq!(reports.len(), expected.len(), "{language:?}");
        for (report, expected) in reports.iter().zip(&expected) {
            assert_eq!(report, expected, "{language:?}");
        }
        let seen = recorder.take();
        let handled: Vec<_> = seen.iter().map(|seen| (seen.method, seen.caller.as_deref())).collect();
        assert_eq!(handled, admitted, "{language:?}");
    }
}

async fn strangers_reach_nothing(language: Language) {
    let recorder = Recorder::default();
    let server = Secured::start_mutual(&recorder).await;
    let (known, stranger) = (server.ca.issue(), Ca::new("stranger"));
    let foreign = stranger.issue();
    for (roots, own) in [(&server.ca, None), (&server.ca, Some(&foreign)), (&stranger, Some(&known))] {
        let calls = vec![call(Method::UnaryPublic, "nobody", None)];
        let Some(reports) = reports(language, &server, roots, own, calls) else { return };
        assert_eq!(reports, [report(Method::UnaryPublic, "nobody", Code::Unavailable)], "{language:?}");
    }
    assert!(recorder.take().is_empty());
}

fn reports(
    language: Language,
    server: &Secured,
    roots: &Ca,
    own: Option<&Issued>,
    calls: Vec<Value>,
) -> Option<Vec<Value>> {
    let address = format!("localhost:{}", server.address.port());
    let plan = Plan::new(roots, own, json!({ "address": address, "calls": calls }));
    Peer::start(language, "client", plan).map(Peer::finish)
}

fn call(method: Method, caller: &str, credential: Option<&str>) -> Value {
    let token = credential.map(|credential| credential.strip_prefix("Bearer ").unwrap());
    json!({ "method": format!("{method:?}"), "caller": caller, "token": token })
}

/// What a client must report: the whole answer where it is OK, and nothing but the code where it is not.
fn report(method: Method, caller: &str, code: Code) -> Value {
    let method = format!("{method:?}");
    let count = match code {
        Code::Ok if method.starts_with("ServerStream") || method.starts_with("BidiStream") => 2,
        Code::Ok => 1,
        _ => 0,
    };
    json!({ "method": method, "caller": caller, "code": code as i32, "messages": vec![&method; count] })
}
