//! The instruments, and the names of their labels.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, UpDownCounter};

/// What is measured. `docs/metrics.md` lists names, units and labels.
pub(super) struct Instruments {
    pub(super) server_duration: Histogram<f64>,
    pub(super) client_duration: Histogram<f64>,
    pub(super) decisions: Counter<u64>,
    pub(super) handshakes: Counter<u64>,
    pub(super) limits: Counter<u64>,
    pub(super) connections: UpDownCounter<i64>,
}

impl Instruments {
    pub(super) fn new(meter: &Meter) -> Self {
        Self {
            server_duration: duration(meter, "rpc.server.call.duration", "Duration of calls, as the server sees them."),
            client_duration: duration(meter, "rpc.client.call.duration", "Duration of calls, as the client sees them."),
            decisions: meter
                .u64_counter("secure.decisions")
                .with_unit("{decision}")
                .with_description("Decisions of gates.")
                .build(),
            handshakes: meter
                .u64_counter("secure.server.handshakes")
                .with_unit("{handshake}")
                .with_description("Handshakes of clients, and connections that were closed before.")
                .build(),
            limits: meter
                .u64_counter("secure.server.limits")
                .with_unit("{event}")
                .with_description("Limits that clients reached on open connections.")
                .build(),
            connections: meter
                .i64_up_down_counter("secure.server.connections")
                .with_unit("{connection}")
                .with_description("Open connections.")
                .build(),
        }
    }
}

fn duration(meter: &Meter, name: &'static str, description: &'static str) -> Histogram<f64> {
    let histogram = meter.f64_histogram(name).with_unit("s").with_description(description);
    histogram.with_boundaries(DURATION_BOUNDARIES.to_vec()).build()
}

/// In seconds, from the semantic conventions for RPC metrics.
const DURATION_BOUNDARIES: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

pub(super) const RPC_SYSTEM_NAME: &str = "rpc.system.name";
pub(super) const RPC_METHOD: &str = "rpc.method";
pub(super) const RPC_METHOD_ORIGINAL: &str = "rpc.method_original";
pub(super) const RPC_RESPONSE_STATUS_CODE: &str = "rpc.response.status_code";
pub(super) const ERROR_TYPE: &str = "error.type";
pub(super) const DECISION: &str = "secure.decision";
pub(super) const CACHE: &str = "secure.cache";
pub(super) const LIMIT: &str = "secure.limit";
pub(super) const NAME: &str = "secure.name";
pub(super) const OUTCOME: &str = "secure.outcome";
pub(super) const REASON: &str = "secure.reason";

/// The label of every call.
pub(super) fn grpc() -> KeyValue {
    KeyValue::new(RPC_SYSTEM_NAME, "grpc")
}
