//! Exactly one event for every call that reached a gate.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use expect_test::expect;
use secure_runtime::audit::AuditEvent;
use secure_runtime::gate::GatedError;
use secure_runtime::server::Limits;
use secure_runtime::{
    Authentication, CallHead, Caller, Credentials, Decision, Denial, Gate, Gated, Server, authz::Rule, danger,
};
use secure_tests::bank_service::Ledger;
use secure_tests::callers::{by_roles, principal};
use secure_tests::kinds_service::Recorder;
use secure_tests::server::{call, serve_plaintext};
use secure_tests::services::bank::v1::bank_server::BankServer;
use secure_tests::services::bank::v1::{Transfer, bank_policy};
use secure_tests::services::bench::v1::Text;
use secure_tests::services::bench::v1::echo_client::EchoClient;
use secure_tests::services::bench::v1::echo_policy::rpc;
use secure_tests::services::bench::v1::echo_server::{Echo, EchoServer};
use secure_tests::services::kinds::v1::kinds_policy::{Method, POLICY_DIGEST};
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use tokio::net::TcpListener;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Request, Response, Status};
use tonic_prost::ProstCodec;

#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<String>>>);

impl Events {
    fn logger(&self) -> impl Fn(&AuditEvent<'_>) + Send + Sync + 'static {
        let events = self.clone();
        move |event| {
            assert!(event.remote_addr.is_some_and(|address| address.ip().is_loopback()));
            assert!(event.policy_digest.is_none_or(|digest| digest == POLICY_DIGEST));
            let principal = event.principal.map_or_else(|| "nobody".to_owned(), ToString::to_string);
            let client = event.client_request_id.map(String::from_utf8_lossy);
            let outcome = match event.decision {
                Decision::Allow => "admitted".to_owned(),
                Decision::Deny(denial) => format!("{denial:?}"),
            };
            let AuditEvent { method, path, declared_at, reason, .. } = event;
            let method = path.unwrap_or(method);
            let text = format!("{method} {principal} {outcome} {declared_at:?} {reason:?} {client:?}");
            events.0.lock().unwrap().push(text);
        }
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[tokio::test]
async fn every_call_of_every_method_is_one_event() {
    let events = Events::default();
    let kinds = KindsServer::new(Recorder::default(), Gate::new(by_roles).audit(events.logger()));
    let channel = serve_plaintext(|server| server.add(kinds)).await;
    for &method in Method::ALL {
        for credential in ["", "Bearer forged", "Bearer roles", "Bearer roles.reader"] {
            let metadata = (!credential.is_empty()).then_some(("authorization", credential));
            call(&channel, method.path(), metadata.as_slice()).await;
            assert_eq!(events.take().len(), 1, "{method:?} {credential}");
        }
    }
}

#[tokio::test]
async fn event_names_caller_method_and_line_of_the_rule() {
    let events = Events::default();
    let kinds = KindsServer::new(Recorder::default(), Gate::new(by_roles).audit(events.logger()));
    let channel = serve_plaintext(|server| server.add(kinds)).await;
    let path = Method::UnaryReader.path();
    call(&channel, path, &[("authorization", "Bearer roles.reader"), ("x-request-id", "mine\"")]).await;
    call(&channel, path, &[("authorization", "Bearer roles.admin")]).await;
    call(&channel, path, &[("authorization", "Bearer forged")]).await;
    call(&channel, path, &[]).await;
    call(&channel, "/kinds.v1.Kinds/'or'1'='1", &[]).await;
    expect![[r#"
        /kinds.v1.Kinds/UnaryReader https://id.example.com#somebody admitted Some("kinds/v1/kinds.proto:22:5") None Some("mine\"")
        /kinds.v1.Kinds/UnaryReader https://id.example.com#somebody PermissionDenied Some("kinds/v1/kinds.proto:22:5") Some("no_required_role") None
        /kinds.v1.Kinds/UnaryReader nobody CredentialRejected Some("kinds/v1/kinds.proto:22:5") Some("not a list of roles") None
        /kinds.v1.Kinds/UnaryReader nobody CredentialMissing Some("kinds/v1/kinds.proto:22:5") Some("no_credential") None
        _OTHER nobody UnknownMethod None Some("unknown_method") None"#]].assert_eq(&events.take().join("\n"));
}

#[tokio::test]
async fn call_that_ends_during_authentication_is_an_event() {
    let events = Events::default();
    let endless = |_: &CallHead<'_>| Authentication::pending(pending());
    let kinds = KindsServer::new(Recorder::default(), Gate::new(endless).audit(events.logger()));
    let channel = serve_plaintext(|server| server.add(kinds)).await;
    let answer = call(&channel, Method::UnaryReader.path(), &[("grpc-timeout", "20m")]).await;
    assert_ne!(answer, Code::Ok);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let [event] = events.take().try_into().unwrap();
    assert!(event.contains("Cancelled"), "{event}");
}

/// An authenticator that hangs does not look like clients that leave, and neither does a client that sends no request.
#[tokio::test]
async fn event_of_a_call_that_waits_until_its_deadline_says_so() {
    let reasons = Arc::new(Mutex::new(Vec::new()));
    let audit = |log: &Arc<Mutex<Vec<_>>>| {
        let log = Arc::clone(log);
        move |event: &AuditEvent<'_>| log.lock().unwrap().push((event.decision, event.reason))
    };
    let endless = |_: &CallHead<'_>| Authentication::pending(pending());
    let kinds = KindsServer::new(Recorder::default(), Gate::new(endless).audit(audit(&reasons)));
    let teller = |_: &CallHead<'_>| principal(["teller"]).into();
    let bank = BankServer::new(Ledger::default(), Gate::new(teller).audit(audit(&reasons)));
    let limits = Limits::default().default_deadline(Duration::from_millis(50));
    let channel = serve_plaintext(|server| server.limits(limits).add(kinds).add(bank)).await;
    assert_eq!(call(&channel, Method::UnaryReader.path(), &[]).await, Code::DeadlineExceeded);
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.unwrap();
    let (codec, open) = (ProstCodec::<Transfer, Transfer>::default(), bank_policy::Method::Open.path());
    let requests = Request::new(tokio_stream::pending());
    let status = grpc.streaming(requests, PathAndQuery::from_static(open), codec).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    let expected = (Decision::Deny(Denial::Cancelled), Some("deadline_exceeded"));
    assert_eq!(*reasons.lock().unwrap(), [expected, expected]);
}

#[tokio::test]
async fn call_whose_authentication_takes_time_is_one_event() {
    let events = Events::default();
    for (role, expected) in [("reader", "admitted"), ("auditor", "PermissionDenied")] {
        let later = move |_: &CallHead<'_>| {
            Authentication::pending(async move {
                tokio::task::yield_now().await;
                Ok(Some(principal([role])))
            })
        };
        let kinds = KindsServer::new(Recorder::default(), Gate::new(later).audit(events.logger()));
        let channel = serve_plaintext(|server| server.add(kinds)).await;
        call(&channel, Method::UnaryReader.path(), &[]).await;
        let [event] = events.take().try_into().unwrap();
        assert!(event.contains(expected), "{event}");
    }
}

#[tokio::test]
async fn vendored_service_is_guarded_and_audited_under_the_path_that_was_called() {
    let events = Events::default();
    let gate = Gate::new(by_roles).audit(events.logger());
    let (_, health) = tonic_health::server::health_reporter();
    let gated = Gated::new(health, gate, Rule::any_role(&["prober"])).unwrap();
    let channel = serve_plaintext(|server| server.add(gated)).await;
    let path = "/grpc.health.v1.Health/Check";
    for (credential, expected) in [
        ("Bearer forged", Code::Unauthenticated),
        ("Bearer roles.reader", Code::PermissionDenied),
        ("Bearer roles.prober", Code::Ok),
    ] {
        assert_eq!(call(&channel, path, &[("authorization", credential)]).await, expected);
    }
    expect![[r#"
        /grpc.health.v1.Health/Check nobody CredentialRejected None Some("not a list of roles") None
        /grpc.health.v1.Health/Check https://id.example.com#somebody PermissionDenied None Some("no_required_role") None
        /grpc.health.v1.Health/Check https://id.example.com#somebody admitted None None None"#]]
    .assert_eq(&events.take().join("\n"));
}

#[test]
fn vendored_service_refuses_a_rule_without_methods_or_with_request_conditions() {
    let (_, health) = tonic_health::server::health_reporter();
    let gated = |rule| Gated::new(health.clone(), Gate::new(by_roles), rule).err();
    assert_eq!(gated(Rule::public()), Some(GatedError::Public));
    assert_eq!(gated(Rule::public().with_request_conditions()), Some(GatedError::Public));
    assert_eq!(gated(Rule::authenticated().with_request_conditions()), Some(GatedError::RequestConditions));
    assert_eq!(gated(Rule::authenticated()), None);
}

/// Answers with the id of the call.
struct Identified;

impl Echo for Identified {
    async fn say(&self, caller: Caller<rpc::Say>, _: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(Response::new(Text { text: caller.request_id().to_string() }))
    }
}

#[tokio::test]
async fn handler_and_event_have_the_same_request_id() {
    let ids = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&ids);
    let audit = move |event: &AuditEvent<'_>| log.lock().unwrap().push(event.request_id.to_string());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    let echo = EchoServer::new(Identified, Gate::new(by_roles).audit(audit));
    tokio::spawn(Server::new(danger::serve_plaintext("a test")).add(echo).serve(listener));
    let channel = danger::connect_plaintext(&uri, "a test").await.unwrap();
    let client = EchoClient::new(channel, Credentials::bearer("roles.reader").unwrap());
    let mut seen = Vec::new();
    for _ in 0..2 {
        seen.push(client.say(Text::default()).await.unwrap().into_inner().text);
    }
    assert_eq!(*ids.lock().unwrap(), seen);
    assert_ne!(seen[0], seen[1]);
}
