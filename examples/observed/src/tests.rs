use opentelemetry::trace::SpanKind;
use opentelemetry_sdk::trace::InMemorySpanExporter;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn trace_goes_through_client_and_server() {
    let spans = InMemorySpanExporter::default();
    let tracers = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
    let (meters, _) = metrics::provider().unwrap();
    let site = Site::open(&Telemetry::new(&meters.meter("tests"), tracers.tracer("tests"))).await.unwrap();
    site.call_all().await;
    let mut servers = Vec::new();
    for _ in 0..100 {
        servers = spans.get_finished_spans().unwrap();
        servers.retain(|span| span.span_kind == SpanKind::Server);
        if servers.len() == site::CALLS_OF_A_ROUND as usize {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let finished = spans.get_finished_spans().unwrap();
    let clients = finished.iter().filter(|span| span.span_kind == SpanKind::Client).collect::<Vec<_>>();
    assert_eq!((clients.len(), servers.len()), (5, 5));
    for client in clients {
        let server = servers.iter().find(|it| it.parent_span_id == client.span_context.span_id()).unwrap();
        assert_eq!(server.span_context.trace_id(), client.span_context.trace_id());
        assert_eq!(server.name, client.name);
    }
}
