//! The trace of a call, from its client to its handler.

use std::sync::{Arc, Mutex};

use opentelemetry::trace::{SpanId, SpanKind, Status as SpanStatus, TraceContextExt};
use opentelemetry_sdk::trace::SpanData;
use secure_runtime::audit::AuditEvent;
use secure_runtime::{Caller, Credentials, Gate, SecureChannel, Server};
use secure_tests::callers::by_roles;
use secure_tests::kinds_service::Recorder;
use secure_tests::pki::Ca;
use secure_tests::secured::Secured;
use secure_tests::server::call;
use secure_tests::services::bench::v1::Text;
use secure_tests::services::bench::v1::echo_client::EchoClient;
use secure_tests::services::bench::v1::echo_policy::rpc;
use secure_tests::services::bench::v1::echo_server::{Echo, EchoServer};
use secure_tests::services::kinds::v1::kinds_policy::Method;
use secure_tests::tls::{client_tls, server_tls};
use tokio::net::TcpListener;
use tonic::{Request, Response, Status};

use super::exported::Exported;

/// Answers with the trace and span that its handler runs in.
struct Traced;

impl Echo for Traced {
    async fn say(&self, _: Caller<rpc::Say>, _: Request<Text>) -> Result<Response<Text>, Status> {
        let context = opentelemetry::Context::current();
        let span = context.span();
        Ok(Response::new(Text {
            text: format!("{} {}", span.span_context().trace_id(), span.span_context().span_id()),
        }))
    }
}

fn attribute(span: &SpanData, key: &str) -> Option<String> {
    span.attributes.iter().find(|it| it.key.as_str() == key).map(|it| it.value.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn trace_goes_from_the_client_to_the_handler_and_the_audit_log() {
    let (exported, ca) = (Exported::new(), Ca::new("tests"));
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let gate = Gate::new(by_roles).audit(move |event: &AuditEvent<'_>| {
        log.lock().unwrap().push(event.trace_id.map(|id| id.to_string()));
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let server = Server::new(server_tls(&ca.issue())).telemetry(exported.telemetry.clone());
    tokio::spawn(server.add(EchoServer::new(Traced, gate)).serve(listener));
    let channel = SecureChannel::connect(&uri, client_tls(&ca)).await.unwrap().telemetry(exported.telemetry.clone());
    let client = EchoClient::new(channel, Credentials::bearer("roles.reader").unwrap());
    let answer = client.say(Text::default()).await.unwrap().into_inner().text;

    let spans = exported.spans.get_finished_spans().unwrap();
    let of_kind = |kind| spans.iter().find(|span| span.span_kind == kind).unwrap();
    let (client, server) = (of_kind(SpanKind::Client), of_kind(SpanKind::Server));
    assert_eq!(client.parent_span_id, SpanId::INVALID);
    assert_eq!(server.parent_span_id, client.span_context.span_id());
    assert_eq!(server.span_context.trace_id(), client.span_context.trace_id());
    let trace = server.span_context.trace_id().to_string();
    assert_eq!(answer, format!("{trace} {}", server.span_context.span_id()));
    assert_eq!(*events.lock().unwrap(), [Some(trace)]);
    for span in [client, server] {
        assert_eq!(span.name, "bench.v1.Echo/Say");
        assert_eq!(attribute(span, "rpc.method").as_deref(), Some("bench.v1.Echo/Say"));
        assert_eq!(attribute(span, "rpc.response.status_code").as_deref(), Some("OK"));
        assert_eq!(span.status, SpanStatus::Unset);
    }
    let measured = exported.values().into_keys().map(|(name, labels)| format!("{name} {labels}")).collect::<Vec<_>>();
    let labels = "rpc.method=bench.v1.Echo/Say|rpc.response.status_code=OK|rpc.system.name=grpc";
    for side in ["client", "server"] {
        assert!(measured.contains(&format!("rpc.{side}.call.duration s {labels}")), "{measured:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_method_is_other_and_its_path_is_in_the_span_only() {
    let exported = Exported::new();
    let secured = Secured::start(&Recorder::default(), |server| server.telemetry(exported.telemetry.clone())).await;
    let channel = secured.channel().await;
    call(&channel, "/kinds.v1.Kinds/Nothing", &[]).await;
    call(&channel, Method::UnaryReader.path(), &[]).await;
    let spans = exported.spans.get_finished_spans().unwrap();
    let [unknown, refused] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!(unknown.name, "grpc");
    assert_eq!(attribute(unknown, "rpc.method").as_deref(), Some("_OTHER"));
    assert_eq!(attribute(unknown, "rpc.method_original").as_deref(), Some("kinds.v1.Kinds/Nothing"));
    assert_eq!(attribute(unknown, "error.type").as_deref(), Some("UNIMPLEMENTED"));
    assert_eq!(unknown.status, SpanStatus::error(""));
    // A refusal is no error of the server (semantic conventions for gRPC).
    assert_eq!(attribute(refused, "rpc.response.status_code").as_deref(), Some("UNAUTHENTICATED"));
    assert_eq!((attribute(refused, "error.type"), &refused.status), (None, &SpanStatus::Unset));
}

#[tokio::test(flavor = "multi_thread")]
async fn trace_of_a_request_is_in_the_audit_log_without_telemetry() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let audit = move |event: &AuditEvent<'_>| log.lock().unwrap().push(event.trace_id.map(|id| id.to_string()));
    let secured = Secured::start_audited(&Recorder::default(), audit, |server| server).await;
    let channel = secured.channel().await;
    let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    for value in [good, "00-0af7651916cd43dd8448eb211c80319c"] {
        call(&channel, Method::UnaryPublic.path(), &[("traceparent", value)]).await;
    }
    let expected = [Some("0af7651916cd43dd8448eb211c80319c".to_owned()), None];
    assert_eq!(*events.lock().unwrap(), expected);
}
