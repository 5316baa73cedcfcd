//! How much one client may take.

use std::time::Duration;

/// How much one client may take of a server. Every limit can be set, within bounds; none can be switched off.
///
/// ```
/// # use secure_runtime::server::Limits;
/// let limits = Limits::default().max_concurrent_streams(20).max_pending_handshakes(4_096);
/// ```
#[derive(Clone, Debug)]
pub struct Limits {
    pub(super) drain_timeout: Duration,
    pub(super) handshake_timeout: Duration,
    pub(super) keepalive_interval: Duration,
    pub(super) keepalive_timeout: Duration,
    pub(super) max_concurrent_streams: u32,
    pub(super) max_connection_age: Duration,
    pub(super) max_connections: usize,
    pub(super) max_header_list_size: u32,
    pub(super) max_local_error_resets: usize,
    pub(super) max_pending_handshakes: usize,
    pub(super) max_pending_resets: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            drain_timeout: Duration::from_secs(30),
            handshake_timeout: Duration::from_secs(5),
            keepalive_interval: Duration::from_secs(60),
            keepalive_timeout: Duration::from_secs(20),
            max_concurrent_streams: 100,
            max_connection_age: Duration::from_secs(30 * 60),
            max_connections: 10_000,
            max_header_list_size: 16 * 1024,
            max_local_error_resets: 256,
            max_pending_handshakes: 1_024,
            max_pending_resets: 20,
        }
    }
}

impl Limits {
    /// How long calls in flight have once their connection is told to end; 30 s unless set, an hour at most.
    #[must_use]
    pub fn drain_timeout(self, drain_timeout: Duration) -> Self {
        Self { drain_timeout, ..self }
    }

    /// How long a client has for the TLS handshake, and then for the first bytes of HTTP/2; 5 s unless set, a minute
    /// at most.
    #[must_use]
    pub fn handshake_timeout(self, handshake_timeout: Duration) -> Self {
        Self { handshake_timeout, ..self }
    }

    /// How long a connection is silent before it is asked whether it still lives; 60 s unless set, an hour at most.
    #[must_use]
    pub fn keepalive_interval(self, keepalive_interval: Duration) -> Self {
        Self { keepalive_interval, ..self }
    }

    /// How long the answer to that may take; 20 s unless set, an hour at most.
    #[must_use]
    pub fn keepalive_timeout(self, keepalive_timeout: Duration) -> Self {
        Self { keepalive_timeout, ..self }
    }

    /// Calls in flight on one connection; 100 unless set, 10,000 at most.
    #[must_use]
    pub fn max_concurrent_streams(self, max_concurrent_streams: u32) -> Self {
        Self { max_concurrent_streams, ..self }
    }

    /// How old a connection gets, give or take a tenth, before its client is asked to open another; 30 min unless set,
    /// a day at most.
    #[must_use]
    pub fn max_connection_age(self, max_connection_age: Duration) -> Self {
        Self { max_connection_age, ..self }
    }

    /// Connections of the server; further ones are closed at once. 10,000 unless set, a million at most. Stay below the
    /// number of descriptors the process may have.
    #[must_use]
    pub fn max_connections(self, max_connections: usize) -> Self {
        Self { max_connections, ..self }
    }

    /// Bytes of headers in one request, as HTTP/2 counts them (RFC 9113, section 6.5.2); 16 KiB unless set, 1 MiB at
    /// most.
    #[must_use]
    pub fn max_header_list_size(self, max_header_list_size: u32) -> Self {
        Self { max_header_list_size, ..self }
    }

    /// Streams of one connection that the server resets because of the client's errors, before it closes the
    /// connection; 256 unless set, 65,536 at most.
    #[must_use]
    pub fn max_local_error_resets(self, max_local_error_resets: usize) -> Self {
        Self { max_local_error_resets, ..self }
    }

    /// Connections that have not finished their handshake; further ones are closed at once. 1,024 unless set, 65,536
    /// at most.
    #[must_use]
    pub fn max_pending_handshakes(self, max_pending_handshakes: usize) -> Self {
        Self { max_pending_handshakes, ..self }
    }

    /// Streams of one connection that the client resets before the server looked at them, before it closes the
    /// connection (CVE-2023-44487, "rapid reset"); 20 unless set, 10,000 at most.
    #[must_use]
    pub fn max_pending_resets(self, max_pending_resets: usize) -> Self {
        Self { max_pending_resets, ..self }
    }

    /// The name of a limit that is nothing, or so high that it limits nothing.
    pub(super) fn out_of_bounds(&self) -> Option<&'static str> {
        let lasts = |duration: Duration, most| !duration.is_zero() && duration <= most;
        let within = [
            ("drain_timeout", lasts(self.drain_timeout, HOUR)),
            ("handshake_timeout", lasts(self.handshake_timeout, MINUTE)),
            ("keepalive_interval", lasts(self.keepalive_interval, HOUR)),
            ("keepalive_timeout", lasts(self.keepalive_timeout, HOUR)),
            ("max_concurrent_streams", (1..=10_000).contains(&self.max_concurrent_streams)),
            ("max_connection_age", lasts(self.max_connection_age, DAY)),
            ("max_connections", (1..=1_000_000).contains(&self.max_connections)),
            ("max_header_list_size", (1..=1024 * 1024).contains(&self.max_header_list_size)),
            ("max_local_error_resets", (1..=65_536).contains(&self.max_local_error_resets)),
            ("max_pending_handshakes", (1..=65_536).contains(&self.max_pending_handshakes)),
            ("max_pending_resets", (1..=10_000).contains(&self.max_pending_resets)),
        ];
        within.iter().find_map(|(name, within)| (!within).then_some(*name))
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
