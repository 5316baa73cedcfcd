//! One call, from its first byte to its last: a span, and a duration.

use std::time::Instant;

use http::{Extensions, HeaderMap};
use opentelemetry::trace::{SpanBuilder, SpanKind, Status as SpanStatus, TraceContextExt, Tracer};
use opentelemetry::{Context, ContextGuard, KeyValue};
use tonic::Code;

use super::context;
use super::instruments::{
    DECISION, ERROR_TYPE, REASON, RPC_METHOD, RPC_METHOD_ORIGINAL, RPC_RESPONSE_STATUS_CODE, grpc,
};
use super::methods::{self, OTHER};
use super::telemetry::Telemetry;
use crate::audit::{AuditEvent, cut};
use crate::authz::Decision;
use crate::scope::{Running, Scope, code_name};
use crate::trace_parent::TraceId;

/// A call that is measured.
pub(crate) struct Call {
    telemetry: Telemetry,
    side: Side,
    method: &'static str,
    context: Context,
    start: Instant,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Side {
    Client,
    Server,
}

impl Call {
    /// A call that a server received for `path`. Its method is known by the label `method`.
    pub(super) fn received(telemetry: &Telemetry, method: &'static str, path: &str, headers: &HeaderMap) -> Self {
        let mut attributes = vec![grpc(), KeyValue::new(RPC_METHOD, method)];
        if method == OTHER {
            attributes.push(KeyValue::new(RPC_METHOD_ORIGINAL, cut(path.strip_prefix('/').unwrap_or(path)).to_owned()));
        }
        // The conventions name a span after its method, or after the system if the method is not known.
        let name = if method == OTHER { "grpc" } else { method };
        let span = SpanBuilder::from_name(name).with_kind(SpanKind::Server).with_attributes(attributes);
        Self::start(telemetry, Side::Server, method, span, context::extract(headers))
    }

    fn sent(telemetry: &Telemetry, path: &'static str, headers: &mut HeaderMap) -> Self {
        let method = methods::label(path);
        let attributes = [grpc(), KeyValue::new(RPC_METHOD, method)];
        let span = SpanBuilder::from_name(method).with_kind(SpanKind::Client).with_attributes(attributes);
        let call = Self::start(telemetry, Side::Client, method, span, Context::current());
        context::inject(&call.context, headers);
        call
    }

    fn start(telemetry: &Telemetry, side: Side, method: &'static str, span: SpanBuilder, parent: Context) -> Self {
        let span = telemetry.tracer().build_with_context(span, &parent);
        let (context, telemetry) = (parent.with_span(span), telemetry.clone());
        Self { telemetry, side, method, context, start: Instant::now() }
    }

    pub(super) fn measurement(&self) -> Measurement {
        Measurement { telemetry: self.telemetry.clone(), context: self.context.clone() }
    }

    /// Which statuses count as errors (semantic conventions for gRPC): a server is not to blame for all of them.
    fn is_error(&self, code: Code) -> bool {
        match self.side {
            Side::Client => code != Code::Ok,
            Side::Server => matches!(
                code,
                Code::Unknown
                    | Code::DeadlineExceeded
                    | Code::Unimplemented
                    | Code::Internal
                    | Code::Unavailable
                    | Code::DataLoss
            ),
        }
    }
}

impl Scope for Call {
    type Entered<'a> = ContextGuard;

    fn enter(&self) -> ContextGuard {
        self.context.clone().attach()
    }

    fn ended(&mut self, code: Code) {
        let status = code_name(code);
        let mut labels =
            vec![grpc(), KeyValue::new(RPC_METHOD, self.method), KeyValue::new(RPC_RESPONSE_STATUS_CODE, status)];
        let span = self.context.span();
        span.set_attribute(KeyValue::new(RPC_RESPONSE_STATUS_CODE, status));
        if self.is_error(code) {
            labels.push(KeyValue::new(ERROR_TYPE, status));
            span.set_attribute(KeyValue::new(ERROR_TYPE, status));
            span.set_status(SpanStatus::error(""));
        }
        span.end();
        let instruments = self.telemetry.instruments();
        let histogram = match self.side {
            Side::Client => &instruments.client_duration,
            Side::Server => &instruments.server_duration,
        };
        histogram.record(self.start.elapsed().as_secs_f64(), &labels);
    }
}

/// A call of a client. `None` if its channel measures nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClientCall(Option<Telemetry>);

impl ClientCall {
    pub(crate) fn new(telemetry: Telemetry) -> Self {
        Self(Some(telemetry))
    }

    /// Begins to measure a call, and puts its trace into its headers.
    pub(crate) fn start(&self, path: &'static str, headers: &mut HeaderMap) -> Option<Running<Call>> {
        Some(Running::new(Call::sent(self.0.as_ref()?, path, headers)))
    }
}

/// What a gate finds in the request of a call that is measured.
#[derive(Clone, Debug)]
pub(crate) struct Measurement {
    telemetry: Telemetry,
    context: Context,
}

impl Measurement {
    pub(crate) fn of(extensions: &Extensions) -> Option<Self> {
        extensions.get().cloned()
    }

    /// The trace of the call.
    pub(crate) fn trace_id(&self) -> Option<TraceId> {
        let span = self.context.span();
        let span = span.span_context();
        span.is_valid().then(|| TraceId::from_bytes(span.trace_id().to_bytes()))
    }

    /// Counts a decision of a gate.
    pub(crate) fn decided(&self, event: &AuditEvent<'_>) {
        let decision = match event.decision {
            _ if event.passed => "report_only",
            Decision::Allow => "allow",
            Decision::Deny(denial) => denial.name(),
        };
        let method = KeyValue::new(RPC_METHOD, methods::label(event.method));
        let mut labels = vec![method, KeyValue::new(DECISION, decision)];
        labels.extend(event.reason.map(|reason| KeyValue::new(REASON, reason)));
        self.telemetry.instruments().decisions.add(1, &labels);
    }
}
