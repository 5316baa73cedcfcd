//! Measures a call for OpenTelemetry. Without the feature `otel`, it is a type without values.

#[cfg(feature = "otel")]
pub(super) use crate::otel::Measurement;

#[cfg(not(feature = "otel"))]
pub(super) use unmeasured::Measurement;

#[cfg(not(feature = "otel"))]
mod unmeasured {
    use http::Extensions;

    use crate::audit::AuditEvent;
    use crate::trace_parent::TraceId;

    /// It cannot be created: measurements need the feature `otel`.
    #[derive(Clone, Debug)]
    pub(in crate::gate) enum Measurement {}

    impl Measurement {
        pub(in crate::gate) const fn of(_: &Extensions) -> Option<Self> {
            None
        }

        pub(in crate::gate) const fn trace_id(&self) -> Option<TraceId> {
            match *self {}
        }

        pub(in crate::gate) const fn decided(&self, _: &AuditEvent<'_>) {
            match *self {}
        }
    }
}
