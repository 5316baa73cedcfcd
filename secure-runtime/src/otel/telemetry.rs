//! The instruments of this crate, and the tracer.

use std::fmt;
use std::sync::Arc;

use opentelemetry::global::{self, BoxedTracer};
use opentelemetry::metrics::Meter;
use opentelemetry::trace::Tracer;

use super::instruments::Instruments;
use super::watched::Watched;

/// The instruments of this crate. Cloning is cheap.
///
/// ```no_run
/// # use secure_runtime::{Server, ServerTls};
/// use secure_runtime::otel::Telemetry;
///
/// # fn serve(tls: ServerTls) -> Server {
/// // After `opentelemetry::global::set_meter_provider` and `set_tracer_provider`.
/// Server::new(tls).telemetry(Telemetry::global())
/// # }
/// ```
#[derive(Clone)]
pub struct Telemetry(Arc<Inner>);

struct Inner {
    instruments: Instruments,
    tracer: BoxedTracer,
    watched: Watched,
}

impl Telemetry {
    /// Uses the global providers of this process. Set them first: later changes have no effect.
    pub fn global() -> Self {
        Self::of(&global::meter(SCOPE), global::tracer(SCOPE))
    }

    /// Uses a meter and a tracer.
    pub fn new<T>(meter: &Meter, tracer: T) -> Self
    where
        T: Tracer + Send + Sync + 'static,
        T::Span: Send + Sync + 'static,
    {
        Self::of(meter, BoxedTracer::new(Box::new(tracer)))
    }

    fn of(meter: &Meter, tracer: BoxedTracer) -> Self {
        Self(Arc::new(Inner { instruments: Instruments::new(meter), tracer, watched: Watched::new(meter) }))
    }

    pub(super) fn instruments(&self) -> &Instruments {
        &self.0.instruments
    }

    pub(super) fn watched(&self) -> &Watched {
        &self.0.watched
    }

    pub(super) fn tracer(&self) -> &BoxedTracer {
        &self.0.tracer
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").finish_non_exhaustive()
    }
}

/// The name of the instrumentation scope.
const SCOPE: &str = "secure_runtime";
