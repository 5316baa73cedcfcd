//! What measures a call. Without the feature `otel`, nothing does.

#[cfg(feature = "otel")]
pub(super) use crate::otel::Probe;

#[cfg(not(feature = "otel"))]
pub(super) use unmeasured::Probe;

#[cfg(not(feature = "otel"))]
mod unmeasured {
    use http::Extensions;

    use crate::audit::AuditEvent;
    use crate::trace_parent::TraceId;

    /// There is none.
    #[derive(Clone, Debug)]
    pub(in crate::gate) enum Probe {}

    impl Probe {
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
