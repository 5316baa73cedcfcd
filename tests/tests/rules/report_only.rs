//! `danger::report_only`: which calls pass, which are still refused, and what handlers receive.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use secure_runtime::audit::{AuditEvent, AuditLogger, JsonLines};
use secure_runtime::call_policy::{PolicyRefusal, RuledCall};
use secure_runtime::{Authentication, CallHead, Caller, Decision, Gate, PrincipalId, danger};
use secure_tests::bank_service::Ledger;
use secure_tests::callers::{by_roles, principal};
use secure_tests::kinds_service::Recorder;
use secure_tests::log::Log;
use secure_tests::server::{call, serve_plaintext};
use secure_tests::services::bank::v1::bank_policy::Method as BankMethod;
use secure_tests::services::bank::v1::bank_server::BankServer;
use secure_tests::services::bench::v1::Text;
use secure_tests::services::bench::v1::echo_policy::rpc;
use secure_tests::services::bench::v1::echo_server::{Echo, EchoServer};
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::services::kinds::v1::kinds_server::KindsServer;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};

const REASON: &str = "moving over";
const WRITER: &[(&str, &str)] = &[("authorization", "Bearer roles.writer")];
const FORGED: &[(&str, &str)] = &[("authorization", "Bearer forged")];

#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<String>>>);

impl Events {
    fn logger(&self) -> impl AuditLogger {
        let events = Arc::clone(&self.0);
        move |event: &AuditEvent<'_>| {
            assert_eq!(event.report_only, Some(REASON), "every event says so");
            let decision = match event.decision {
                Decision::Allow => "admitted",
                Decision::Deny(denial) => denial.name(),
            };
            let passed = if event.passed { "passed " } else { "" };
            let principal = event.principal.map_or("nobody", PrincipalId::subject);
            events.lock().unwrap().push(format!("{passed}{decision} {} {principal}", event.reason.unwrap_or_default()));
        }
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Services behind a gate that reports only.
async fn serve(handlers: &Recorder, gate: Gate) -> Channel {
    let (handlers, ledger) = (handlers.clone(), Ledger::default());
    serve_plaintext(|server| {
        server.add(KindsServer::new(handlers, gate.clone())).add(BankServer::new(ledger, gate.clone()))
    })
    .await
}

fn reporting(events: &Events) -> Gate {
    danger::report_only(Gate::new(by_roles).audit(events.logger()), REASON)
}

#[tokio::test]
async fn call_that_a_rule_refuses_reaches_its_handler_and_is_recorded_as_refused() {
    let (events, handlers) = (Events::default(), Recorder::default());
    let channel = serve(&handlers, reporting(&events)).await;
    for method in
        [Method::UnaryReader, Method::ServerStreamReader, Method::ClientStreamReader, Method::BidiStreamReader]
    {
        assert_eq!(call(&channel, method.path(), WRITER).await, Code::Ok, "{method:?}");
        assert_eq!(handlers.take()[0].caller.as_deref(), Some("https://id.example.com#somebody"));
        assert_eq!(events.take(), ["passed permission_denied no_required_role somebody"], "{method:?}");
    }
}

#[tokio::test]
async fn call_without_a_credential_reaches_its_handler_without_a_principal() {
    let (events, handlers) = (Events::default(), Recorder::default());
    let channel = serve(&handlers, reporting(&events)).await;
    assert_eq!(call(&channel, Method::UnaryReader.path(), &[]).await, Code::Ok);
    assert_eq!(handlers.take()[0].caller.as_deref(), Some("report-only#anonymous"));
    assert_eq!(events.take(), ["passed credential_missing no_credential nobody"]);
}

#[tokio::test]
async fn call_that_its_rule_admits_is_not_marked_as_report_only() {
    let (events, handlers) = (Events::default(), Recorder::default());
    let channel = serve(&handlers, reporting(&events)).await;
    assert_eq!(call(&channel, Method::UnaryAnyOf.path(), WRITER).await, Code::Ok);
    assert_eq!(events.take(), ["admitted  somebody"]);
}

#[tokio::test]
async fn refusal_that_no_rule_decided_is_still_enforced() {
    let (events, handlers) = (Events::default(), Recorder::default());
    let channel = serve(&handlers, reporting(&events)).await;
    for (path, metadata, code, reason) in [
        (Method::UnaryReader.path(), FORGED, Code::Unauthenticated, "credential_rejected not a list of roles nobody"),
        (Method::UnaryPublic.path(), FORGED, Code::Unauthenticated, "credential_rejected not a list of roles nobody"),
        (Method::UnaryDenied.path(), WRITER, Code::PermissionDenied, "permission_denied method_denied nobody"),
        ("/kinds.v1.Kinds/Nothing", WRITER, Code::Unimplemented, "unknown_method unknown_method nobody"),
    ] {
        assert_eq!(call(&channel, path, metadata).await, code, "{path}");
        assert_eq!(events.take(), [reason], "{path}");
    }
    assert!(handlers.take().is_empty());
}

#[tokio::test]
async fn expired_credential_is_still_refused() {
    let events = Events::default();
    let expired = |_: &CallHead<'_>| -> Authentication { principal([]).expires_at(SystemTime::UNIX_EPOCH).into() };
    let gate = danger::report_only(Gate::new(expired).audit(events.logger()), REASON);
    let channel = serve(&Recorder::default(), gate).await;
    assert_eq!(call(&channel, Method::UnaryReader.path(), WRITER).await, Code::Unauthenticated);
    assert_eq!(events.take(), ["credential_expired credential_expired somebody"]);
}

#[tokio::test]
async fn call_policy_still_refuses() {
    let events = Events::default();
    let gate = reporting(&events).call_policy(|_: &RuledCall<'_>| PolicyRefusal::unavailable("maintenance").into());
    let channel = serve(&Recorder::default(), gate).await;
    assert_eq!(call(&channel, Method::UnaryReader.path(), WRITER).await, Code::Unavailable);
    assert_eq!(events.take(), ["unavailable maintenance somebody"]);
}

#[tokio::test]
async fn message_that_a_condition_refuses_reaches_the_handler_and_is_one_event() {
    let events = Events::default();
    let channel = serve(&Recorder::default(), reporting(&events)).await;
    let teller: &[(&str, &str)] = &[("authorization", "Bearer roles.teller")];
    for method in [BankMethod::Open, BankMethod::OpenAll] {
        assert_eq!(call(&channel, method.path(), teller).await, Code::Ok, "{method:?}");
        let seen = events.take();
        let passed = seen.iter().filter(|event| event.starts_with("passed permission_denied ")).count();
        assert_eq!(passed, 1, "{method:?} {seen:?}");
    }
    // The rule refuses the caller before the requests: that is the one event.
    assert_eq!(call(&channel, BankMethod::Open.path(), WRITER).await, Code::Ok);
    assert_eq!(events.take(), ["passed permission_denied no_required_role somebody"]);
}

#[tokio::test]
async fn principal_without_report_only_is_refused() {
    let events = Events::default();
    let gate = Gate::new(by_roles).audit(events.logger());
    let named = |subject: &'static str| move |principal: &PrincipalId| principal.subject() == subject;
    for (subject, code) in [("somebody", Code::Ok), ("somebody-else", Code::PermissionDenied)] {
        let gate = danger::report_only_for(gate.clone(), REASON, named(subject));
        let channel = serve(&Recorder::default(), gate).await;
        assert_eq!(call(&channel, Method::UnaryReader.path(), WRITER).await, code);
        assert_eq!(call(&channel, Method::UnaryReader.path(), &[]).await, Code::Unauthenticated);
    }
}

/// Answers with what its caller proves.
struct Asking;

impl Echo for Asking {
    async fn say(&self, caller: Caller<rpc::Say>, _: Request<Text>) -> Result<Response<Text>, Status> {
        match (caller.is_report_only(), caller.admit::<rpc::Say>()) {
            (true, Err(_)) => Ok(Response::new(Text::default())),
            (false, Ok(again)) if !again.is_report_only() => Err(Status::already_exists("admitted")),
            other => Err(Status::internal(format!("{other:?}"))),
        }
    }
}

#[tokio::test]
async fn caller_that_passed_is_marked_and_obtains_no_further_proof() {
    let gate = danger::report_only(Gate::new(by_roles), REASON);
    let channel = serve_plaintext(|server| server.add(EchoServer::new(Asking, gate))).await;
    assert_eq!(call(&channel, "/bench.v1.Echo/Say", WRITER).await, Code::Ok);
    assert_eq!(call(&channel, "/bench.v1.Echo/Say", &[]).await, Code::Ok);
    let reader: &[(&str, &str)] = &[("authorization", "Bearer roles.reader")];
    assert_eq!(call(&channel, "/bench.v1.Echo/Say", reader).await, Code::AlreadyExists);
}

/// A disk that is full.
struct Full;

impl io::Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn call_that_cannot_be_recorded_does_not_pass_if_the_log_fails_closed() {
    let gate = danger::report_only(Gate::new(by_roles).audit(JsonLines::new(Full).fail_closed()), REASON);
    let channel = serve(&Recorder::default(), gate).await;
    let mut code = Code::Ok;
    for _ in 0..100 {
        code = call(&channel, Method::UnaryReader.path(), WRITER).await;
        if code != Code::Ok {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(code, Code::Unavailable);
}

#[tokio::test]
async fn report_only_is_a_warning_at_the_start_and_each_event_has_its_reason() {
    let (log, audit) = (Log::default(), Log::default());
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let gate = danger::report_only(Gate::new(by_roles).audit(JsonLines::new(audit.clone())), REASON);
    drop(guard);
    let warning = log.take();
    assert!(warning.contains("WARN") && warning.contains(REASON) && warning.contains("not enforced"), "{warning}");
    let channel = serve(&Recorder::default(), gate).await;
    call(&channel, Method::UnaryReader.path(), WRITER).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let line = audit.take();
    let line: serde_json::Value = serde_json::from_str(line.trim_end()).unwrap();
    assert_eq!((&line["authorized"], &line["passed"]), (&false.into(), &true.into()));
    assert_eq!((&line["report_only"], &line["reason"]), (&REASON.into(), &"no_required_role".into()));
}
