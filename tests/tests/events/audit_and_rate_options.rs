//! The options `audit` and `rate_class` of a rule.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use generated::Text;
use generated::handled_policy::{Method, rpc};
use generated::handled_server::{Handled, HandledServer};
use secure_runtime::audit::{AuditEvent, AuditLogger, CallEnded};
use secure_runtime::call_policy::{Rate, RateLimit};
use secure_runtime::{Caller, Decision, Gate, Server, danger};
use secure_tests::callers::by_roles;
use secure_tests::server::{call, serve_plaintext};
use tokio::net::TcpListener;
use tonic::{Code, Request, Response, Status};

#[allow(dead_code, unnameable_types, unreachable_pub, reason = "nobody needs all that is generated")]
#[allow(missing_docs, reason = "the messages of a test need no docs")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/handled/handled.v1.rs"));
}

const SOMEBODY: &[(&str, &str)] = &[("authorization", "Bearer roles")];
const FORGED: &[(&str, &str)] = &[("authorization", "Bearer forged")];

struct Silent;

type Answer = Result<Response<Text>, Status>;

impl Handled for Silent {
    async fn get(&self, _: Caller<rpc::Get>, request: Request<Text>) -> Answer {
        Ok(Response::new(request.into_inner()))
    }

    async fn put(&self, _: Caller<rpc::Put>, request: Request<Text>) -> Answer {
        Ok(Response::new(request.into_inner()))
    }

    async fn search(&self, _: Caller<rpc::Search>, request: Request<Text>) -> Answer {
        Ok(Response::new(request.into_inner()))
    }

    async fn poll(&self, _: Option<Caller<rpc::Poll>>, request: Request<Text>) -> Answer {
        Ok(Response::new(request.into_inner()))
    }

    async fn find(&self, _: Caller<rpc::Find>, request: Request<Text>) -> Answer {
        Ok(Response::new(request.into_inner()))
    }
}

#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<String>>>);

impl Events {
    fn push(&self, event: &str) {
        self.0.lock().unwrap().push(event.to_owned());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl AuditLogger for Events {
    fn log(&self, event: &AuditEvent<'_>) {
        self.push(if event.decision == Decision::Allow { "admitted" } else { "refused" });
    }

    fn log_end(&self, _: &CallEnded<'_>) {
        self.push("ended");
    }
}

fn per_minute(calls: u32) -> Rate {
    Rate::per_minute(NonZeroU32::new(calls).unwrap())
}

fn with_classes(gate: Gate, reads: u32, searches: u32) -> Gate {
    gate.call_policy(RateLimit::class("reads", per_minute(reads)))
        .call_policy(RateLimit::class("search", per_minute(searches)))
}

#[tokio::test]
async fn audit_deny_records_refused_calls_and_no_admitted_one() {
    let events = Events::default();
    let gate = with_classes(Gate::new(by_roles).audit(events.clone().ends()), 100, 100);
    let channel = serve_plaintext(|server| server.add(HandledServer::new(Silent, gate))).await;
    for (method, expected) in [
        (Method::Get, &[][..]),
        (Method::Put, &["admitted", "ended"]),
        (Method::Search, &["admitted", "ended"]),
        (Method::Poll, &[]),
    ] {
        assert_eq!(call(&channel, method.path(), SOMEBODY).await, Code::Ok);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        assert_eq!(events.take(), expected, "{method:?}");
        assert_eq!(call(&channel, method.path(), FORGED).await, Code::Unauthenticated);
        assert_eq!(events.take(), ["refused"], "{method:?}");
    }
}

#[tokio::test]
async fn audit_deny_records_a_refused_message_of_an_admitted_call() {
    let events = Events::default();
    let gate = with_classes(Gate::new(by_roles).audit(events.clone()), 100, 100);
    let reporting = danger::report_only(gate.clone(), "a test");
    for (gate, code) in [(gate, Code::PermissionDenied), (reporting, Code::Ok)] {
        let channel = serve_plaintext(|server| server.add(HandledServer::new(Silent, gate))).await;
        assert_eq!(call(&channel, Method::Find.path(), SOMEBODY).await, code, "the message names no owner");
        assert_eq!(events.take(), ["refused"], "{code:?}");
    }
}

#[tokio::test]
async fn methods_of_one_rate_class_share_one_rate() {
    let gate = with_classes(Gate::new(by_roles), 1, 2);
    let channel = serve_plaintext(|server| server.add(HandledServer::new(Silent, gate))).await;
    let codes = async |method: Method| {
        let mut codes = Vec::new();
        for _ in 0..3 {
            codes.push(call(&channel, method.path(), SOMEBODY).await);
        }
        codes
    };
    assert_eq!(codes(Method::Get).await, [Code::Ok, Code::ResourceExhausted, Code::ResourceExhausted]);
    assert_eq!(codes(Method::Search).await, [Code::Ok, Code::Ok, Code::ResourceExhausted]);
    assert_eq!(codes(Method::Put).await, [Code::Ok; 3]);
}

#[tokio::test]
async fn server_does_not_start_without_a_rate_of_each_class() {
    let gate = Gate::new(by_roles).call_policy(RateLimit::class("reads", per_minute(1)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::new(danger::serve_plaintext("a test")).add(HandledServer::new(Silent, gate));
    let error = server.serve(listener).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "the method `/handled.v1.Handled/Search` has the rate class `search`: add `RateLimit::class(\"search\", ..)` (feature `rate-limit`) to its gate"
    );
}
