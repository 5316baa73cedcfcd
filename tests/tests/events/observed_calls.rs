//! The `tracing` span of a running call, and the audit event of its end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secure_runtime::audit::{AuditCondition, AuditEvent, AuditLogger, CallEnded, JsonLines};
use secure_runtime::{Authentication, CallHead, Caller, Decision, Gate, Principal};
use secure_tests::bank_service::Ledger;
use secure_tests::callers::by_roles;
use secure_tests::kinds_service::Recorder;
use secure_tests::log::Log;
use secure_tests::server::{call, serve_plaintext};
use secure_tests::services::bank::v1::bank_server::BankServer;
use secure_tests::services::bank::v1::{Account, Branch, Transfer, bank_policy};
use secure_tests::services::bench::v1::Text;
use secure_tests::services::bench::v1::echo_policy::rpc;
use secure_tests::services::bench::v1::echo_server::{Echo, EchoServer};
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use serde_json::json;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use tonic_prost::ProstCodec;

const READER: &[(&str, &str)] = &[("authorization", "Bearer roles.reader")];

/// A handler with a log line of its own, which fails.
struct Talkative;

impl Echo for Talkative {
    async fn say(&self, caller: Caller<rpc::Say>, _: Request<Text>) -> Result<Response<Text>, Status> {
        tokio::task::yield_now().await;
        tracing::info!("a line of the handler about {}", caller.request_id());
        Err(Status::not_found("nothing"))
    }
}

/// The line of the handler, with what its span says.
async fn line_of_the_handler(gate: Gate) -> String {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let channel = serve_plaintext(|server| server.add(EchoServer::new(Talkative, gate))).await;
    assert_eq!(call(&channel, "/bench.v1.Echo/Say", READER).await, Code::NotFound);
    let lines = log.take();
    lines.lines().find(|line| line.contains("a line of the handler")).expect("the handler ran").to_owned()
}

#[tokio::test]
async fn log_line_of_a_handler_names_its_method_and_request_id() {
    let line = line_of_the_handler(Gate::new(by_roles)).await;
    let id = line.rsplit(' ').next().unwrap();
    assert!(line.contains(r#"rpc.system.name="grpc""#) && line.contains(r#"rpc.method="bench.v1.Echo/Say""#), "{line}");
    assert!(line.contains(&format!("request_id={id}")), "{line}");
    assert!(!line.contains("somebody"), "{line}");
}

#[tokio::test]
async fn log_line_of_a_handler_names_the_principal_if_asked_for() {
    let line = line_of_the_handler(Gate::new(by_roles).principals_in_spans()).await;
    assert!(line.contains(r#"principal="https://id.example.com#somebody""#), "{line}");
}

#[tokio::test]
async fn subject_cannot_forge_or_reorder_log_lines_of_a_handler() {
    let subject = format!("a\nb\u{202e}c\u{1b}[31m{}", "x".repeat(300));
    let forger =
        move |_: &CallHead<'_>| Principal::new("https://id.example.com", subject.clone()).roles(["reader"]).into();
    let line = line_of_the_handler(Gate::new(forger).principals_in_spans()).await;
    assert!(line.contains(r#"principal="https://id.example.com#a\nb\u{202e}c\u{1b}[31mxxx"#), "{line}");
    assert!(!line.contains(&"x".repeat(250)), "{line}");
}

/// Remembers decisions and ends.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<String>>>);

impl Events {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    async fn wait_for(&self, count: usize) -> Vec<String> {
        for _ in 0..200 {
            if self.0.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.take()
    }
}

impl AuditLogger for Events {
    fn log(&self, event: &AuditEvent<'_>) {
        let decision = match event.decision {
            Decision::Allow => "admitted",
            Decision::Deny(denial) => denial.name(),
        };
        self.0.lock().unwrap().push(format!("{decision} {}", event.request_id));
    }

    fn log_end(&self, end: &CallEnded<'_>) {
        assert!(end.duration > Duration::ZERO && end.principal.is_some());
        self.0.lock().unwrap().push(format!("ended {} {} {}", end.method, end.status, end.request_id));
    }
}

#[tokio::test]
async fn end_of_an_admitted_call_is_a_second_event_with_its_status() {
    let events = Events::default();
    let gate = Gate::new(by_roles).audit(events.clone().ends());
    let kinds = KindsServer::new(Recorder::default(), gate.clone());
    let channel = serve_plaintext(|server| server.add(kinds).add(EchoServer::new(Talkative, gate))).await;
    for (path, status) in [(Method::BidiStreamReader.path(), "OK"), ("/bench.v1.Echo/Say", "NOT_FOUND")] {
        call(&channel, path, READER).await;
        let seen = events.wait_for(2).await;
        let id = seen[0].strip_prefix("admitted ").unwrap();
        assert_eq!(seen[1..], [format!("ended {path} {status} {id}")]);
    }
    call(&channel, Method::UnaryReader.path(), &[]).await;
    assert_eq!(events.wait_for(1).await.len(), 1, "a refused call has no end");
}

#[tokio::test]
async fn call_that_a_request_condition_refuses_has_no_end() {
    let events = Events::default();
    let bank = BankServer::new(Ledger::default(), Gate::new(by_branch).audit(events.clone().ends()));
    let channel = serve_plaintext(|server| server.add(bank)).await;
    for (method, branches, expected) in [
        (bank_policy::Method::Open, vec!["south"], vec!["permission_denied"]),
        (bank_policy::Method::Open, vec![], vec!["cancelled"]),
        (bank_policy::Method::Open, vec!["north"], vec!["admitted", "ended"]),
        (bank_policy::Method::OpenAll, vec!["north", "south"], vec!["admitted", "permission_denied", "ended"]),
    ] {
        transfer(&channel, method, &branches).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let seen = events.take();
        let seen = seen.iter().map(|event| event.split(' ').next().unwrap()).collect::<Vec<_>>();
        assert_eq!(seen, expected, "{method:?} {branches:?}");
    }
}

/// A teller of the north branch.
fn by_branch(_: &CallHead<'_>) -> Authentication {
    let claims = json!({ "branch": { "id": "north" } });
    let claims = claims.as_object().unwrap().clone();
    Principal::new("https://id.example.com", "7").roles(["teller"]).claims(claims).into()
}

/// Sends a message about each of the branches, and reads the response to its end.
async fn transfer(channel: &Channel, method: bank_policy::Method, branches: &[&str]) {
    let requests = branches.iter().map(|id| {
        let branch = Some(Branch { id: (*id).to_owned() });
        Transfer { account: Some(Account { branch }), ..Transfer::default() }
    });
    let requests = tokio_stream::iter(requests.collect::<Vec<_>>());
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let codec = ProstCodec::<Transfer, Transfer>::default();
    let response = grpc.streaming(Request::new(requests), PathAndQuery::from_static(method.path()), codec).await;
    if let Ok(response) = response {
        let mut messages = response.into_inner();
        while let Ok(Some(_)) = messages.message().await {}
    }
}

#[tokio::test]
async fn ends_are_not_recorded_unless_asked_for() {
    let events = Events::default();
    let kinds = KindsServer::new(Recorder::default(), Gate::new(by_roles).audit(events.clone()));
    let channel = serve_plaintext(|server| server.add(kinds)).await;
    call(&channel, Method::UnaryReader.path(), READER).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(events.take().len(), 1);
}

#[tokio::test]
async fn filter_of_an_audit_log_selects_its_events() {
    for (condition, admitted, refused) in [
        (AuditCondition::None, 0, 0),
        (AuditCondition::OnDeny, 0, 1),
        (AuditCondition::OnAllow, 1, 0),
        (AuditCondition::OnDenyAndAllow, 1, 1),
    ] {
        let events = Events::default();
        let kinds = KindsServer::new(Recorder::default(), Gate::new(by_roles).audit(events.clone().when(condition)));
        let channel = serve_plaintext(|server| server.add(kinds)).await;
        assert_eq!(call(&channel, Method::UnaryReader.path(), READER).await, Code::Ok);
        assert_eq!(events.take().len(), admitted, "{condition:?}");
        assert_eq!(call(&channel, Method::UnaryReader.path(), &[]).await, Code::Unauthenticated);
        assert_eq!(events.take().len(), refused, "{condition:?}");
    }
}

#[tokio::test]
async fn lines_of_decision_and_end_have_one_request_id_and_the_trace() {
    let log = Log::default();
    let gate = Gate::new(by_roles).audit(JsonLines::new(log.clone()).ends());
    let channel = serve_plaintext(|server| server.add(KindsServer::new(Recorder::default(), gate))).await;
    let trace = ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    call(&channel, Method::UnaryReader.path(), &[READER[0], trace]).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let lines = log.take();
    let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()).collect::<Vec<_>>();
    let [decision, end] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(decision["authorized"], true);
    assert_eq!((&end["ended"], &end["method"]), (&"OK".into(), &decision["method"]));
    assert!(end["duration_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(end["request_id"], decision["request_id"]);
    for line in [decision, end] {
        assert_eq!(line["trace_id"], "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(line["subject"], "somebody");
    }
}
