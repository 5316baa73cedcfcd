//! What is read when metrics are collected: ages, dates and counts that others keep.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter};

/// Something that is read when metrics are collected: its labels, and the value. `None` if there is no value now.
type Source<T> = (Vec<KeyValue>, Box<dyn Fn() -> Option<T> + Send + Sync>);

/// What one instrument reads.
pub(super) struct Sources<T>(Arc<Mutex<Vec<Source<T>>>>);

impl<T: Copy + 'static> Sources<T> {
    pub(super) fn add(&self, labels: Vec<KeyValue>, read: impl Fn() -> Option<T> + Send + Sync + 'static) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((labels, Box::new(read)));
    }

    fn callback(&self) -> impl Fn(&dyn AsyncInstrument<T>) + Send + Sync + 'static {
        let sources = Arc::clone(&self.0);
        move |instrument| {
            for (labels, read) in &*sources.lock().unwrap_or_else(PoisonError::into_inner) {
                if let Some(value) = read() {
                    instrument.observe(value, labels);
                }
            }
        }
    }
}

impl<T> Default for Sources<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> fmt::Debug for Sources<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources").finish_non_exhaustive()
    }
}

/// The instruments that read others.
#[derive(Debug, Default)]
pub(super) struct Watched {
    pub(super) key_ages: Sources<f64>,
    pub(super) not_after: Sources<f64>,
    pub(super) dropped: Sources<u64>,
    pub(super) lookups: Sources<u64>,
}

impl Watched {
    pub(super) fn new(meter: &Meter) -> Self {
        let watched = Self::default();
        let gauge = |name: &'static str| meter.f64_observable_gauge(name).with_unit("s");
        gauge("secure.keys.age")
            .with_description("How long ago the keys of an issuer were read from their source.")
            .with_callback(watched.key_ages.callback())
            .build();
        gauge("secure.certificate.not_after")
            .with_description("When the own certificate expires, in seconds since 1970.")
            .with_callback(watched.not_after.callback())
            .build();
        let counter = |name: &'static str| meter.u64_observable_counter(name);
        counter("secure.audit.dropped")
            .with_unit("{line}")
            .with_description("Lines of the audit log that were not written.")
            .with_callback(watched.dropped.callback())
            .build();
        counter("secure.token_cache.lookups")
            .with_unit("{lookup}")
            .with_description("Lookups in the cache of verified tokens.")
            .with_callback(watched.lookups.callback())
            .build();
        watched
    }
}
