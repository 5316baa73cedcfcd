//! What measures the calls of a client. Without the feature `otel`, nothing does.

#[cfg(feature = "otel")]
pub(super) use crate::otel::ClientCall;

#[cfg(not(feature = "otel"))]
pub(super) use unmeasured::ClientCall;

#[cfg(not(feature = "otel"))]
mod unmeasured {
    use http::HeaderMap;

    /// It measures nothing.
    #[derive(Clone, Debug, Default)]
    pub(in crate::client) struct ClientCall;

    /// There is none.
    pub(in crate::client) enum Running {}

    impl ClientCall {
        pub(in crate::client) const fn start(&self, _: &'static str, _: &mut HeaderMap) -> Option<Running> {
            None
        }
    }

    impl Running {
        pub(in crate::client) async fn run<F: Future>(self, _: F) -> F::Output {
            match self {}
        }
    }
}
