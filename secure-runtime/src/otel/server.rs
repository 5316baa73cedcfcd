//! What a server tells of its connections.

use std::fmt;

use opentelemetry::KeyValue;

use super::instruments::{LIMIT, OUTCOME};
use super::telemetry::Telemetry;
use crate::connection_failure::ConnectionFailure;
use crate::connection_limit::ConnectionLimit;

impl Telemetry {
    /// Counts a handshake, with the reason if it failed.
    pub(crate) fn handshake(&self, failure: Option<ConnectionFailure>) {
        let outcome = failure.map_or("completed", ConnectionFailure::name);
        self.instruments().handshakes.add(1, &[KeyValue::new(OUTCOME, outcome)]);
    }

    /// Counts a limit that a client reached on an open connection.
    pub(crate) fn limit_reached(&self, limit: ConnectionLimit) {
        self.instruments().limits.add(1, &[KeyValue::new(LIMIT, limit.name())]);
    }

    /// Counts a connection until the value is dropped.
    pub(crate) fn connected(&self) -> OpenConnection {
        self.instruments().connections.add(1, &[]);
        OpenConnection(self.clone())
    }
}

/// An open connection.
pub(crate) struct OpenConnection(Telemetry);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.instruments().connections.add(-1, &[]);
    }
}

impl fmt::Debug for OpenConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenConnection")
    }
}
