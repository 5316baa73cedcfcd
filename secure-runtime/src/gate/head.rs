//! The head of a request, and what the server recorded of its connection.

use std::sync::Arc;

use http::request::Parts;
use tokio::time::Instant;

use crate::connection::{Connection, Vouched};
use crate::usage::Usage;

/// The head of a request.
pub(super) struct Head {
    pub(super) parts: Parts,
    /// `None` if the request did not come through this crate's server.
    vouched: Option<Arc<Vouched>>,
    arrival: Option<Instant>,
}

impl Head {
    pub(super) fn new(parts: Parts) -> Self {
        Self { vouched: Vouched::of(&parts.extensions).cloned(), parts, arrival: None }
    }

    pub(super) fn connection(&self) -> Option<&Connection> {
        self.vouched.as_ref().map(|vouched| &vouched.connection)
    }

    pub(super) fn usage(&self) -> Option<&Arc<Usage>> {
        self.vouched.as_ref().map(|vouched| &vouched.usage)
    }

    /// Records that the call arrives now, before it has to wait. Its deadline counts from the first time.
    pub(super) fn record_arrival(&mut self) {
        self.arrival.get_or_insert_with(Instant::now);
    }

    /// When the call arrived. A call that has not waited arrives now.
    pub(super) fn arrival(&self) -> Instant {
        self.arrival.unwrap_or_else(Instant::now)
    }
}
