//! The trace of a call in its headers (W3C Trace Context).

use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

use crate::trace_parent::{TRACEPARENT, TraceParent};

/// The span that a request belongs to. An empty context if it names none.
pub(super) fn extract(headers: &HeaderMap) -> Context {
    let Some(parent) = TraceParent::read(headers) else { return Context::new() };
    let flags = if parent.is_sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
    let (trace, span) = (TraceId::from_bytes(parent.trace_id.to_bytes()), SpanId::from_bytes(parent.span_id));
    Context::new().with_remote_span_context(SpanContext::new(trace, span, flags, true, state(headers)))
}

/// Names the span of `context` in a request. Replaces what was there.
pub(super) fn inject(context: &Context, headers: &mut HeaderMap) {
    let span = context.span();
    let span = span.span_context();
    if !span.is_valid() {
        return;
    }
    let parent = format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags().to_u8() & 1);
    if let Ok(parent) = HeaderValue::try_from(parent) {
        headers.insert(TRACEPARENT, parent);
    }
    headers.remove(TRACESTATE);
    let state = span.trace_state().header();
    if let Ok(state) = HeaderValue::try_from(state)
        && !state.is_empty()
    {
        headers.insert(TRACESTATE, state);
    }
}

/// What vendors keep in `tracestate` headers, which are one list. Empty if it is malformed or too long.
fn state(headers: &HeaderMap) -> TraceState {
    let values = headers.get_all(TRACESTATE).iter().map(HeaderValue::to_str).collect::<Result<Vec<_>, _>>();
    let state = values.unwrap_or_default().join(",");
    if state.len() > MAX_STATE_BYTES {
        return TraceState::default();
    }
    TraceState::from_str(&state).unwrap_or_default()
}

const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The standard asks for at least so many (W3C Trace Context, section 3.3.1.5).
const MAX_STATE_BYTES: usize = 512;
