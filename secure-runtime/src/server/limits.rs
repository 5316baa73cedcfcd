//! Limits on what one client may take of a server.

use std::time::Duration;

use crate::connection::RequestLimits;

/// What one client may take of a server: time, connections, streams and bytes.
///
/// Each limit has a safe default, can be set within bounds, and cannot be switched off.
/// [`Server::serve`](crate::Server::serve) fails if one is zero or above its maximum.
///
/// ```
/// # use secure_runtime::server::Limits;
/// let limits = Limits::default().max_concurrent_streams(20).max_pending_handshakes(4_096);
/// ```
#[derive(Clone, Debug)]
pub struct Limits {
    pub(super) drain_timeout: Duration,
    pub(super) first_byte_timeout: Duration,
    pub(super) handshake_timeout: Duration,
    pub(super) http2_connection_window: u32,
    pub(super) http2_stream_window: u32,
    pub(super) keepalive_interval: Duration,
    pub(super) keepalive_timeout: Duration,
    pub(super) max_concurrent_streams: u32,
    pub(super) max_connection_age: Duration,
    pub(super) max_connection_idle: Duration,
    pub(super) max_connections: usize,
    pub(super) max_connections_per_address: Option<usize>,
    pub(super) max_header_list_size: u32,
    pub(super) max_local_error_resets: usize,
    pub(super) max_pending_handshakes: usize,
    pub(super) max_pending_handshakes_per_address: usize,
    pub(super) max_pending_resets: usize,
    pub(super) requests: RequestLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            drain_timeout: Duration::from_secs(30),
            first_byte_timeout: Duration::from_secs(2),
            handshake_timeout: Duration::from_secs(5),
            http2_connection_window: 1024 * 1024,
            http2_stream_window: 1024 * 1024,
            keepalive_interval: Duration::from_secs(60),
            keepalive_timeout: Duration::from_secs(20),
            max_concurrent_streams: 100,
            max_connection_age: Duration::from_secs(30 * 60),
            max_connection_idle: Duration::from_secs(5 * 60),
            max_connections: 10_000,
            max_connections_per_address: None,
            max_header_list_size: 16 * 1024,
            max_local_error_resets: 256,
            max_pending_handshakes: 1_024,
            max_pending_handshakes_per_address: 64,
            max_pending_resets: 20,
            requests: RequestLimits {
                default_deadline: None,
                max_deadline: Duration::from_secs(60 * 60),
                first_message_timeout: Duration::from_secs(10),
                stalled_message_timeout: Duration::from_secs(30),
                max_unfinished_bytes: 32 * MIB,
                max_unfinished_bytes_unproven: 8 * MIB,
            },
        }
    }
}

impl Limits {
    /// The deadline of calls whose client sets none, streams included. Default: none. Maximum: 24 h.
    ///
    /// At the deadline, the handler is dropped and the call ends with DEADLINE_EXCEEDED. It holds for health checks, too: a
    /// client that watches the health of a service has to call again.
    #[must_use]
    pub fn default_deadline(mut self, default_deadline: Duration) -> Self {
        self.requests.default_deadline = Some(default_deadline);
        self
    }

    /// The time that running calls have to finish when their connection is shut down. Default: 30 s. Maximum: 1 h.
    #[must_use]
    pub fn drain_timeout(self, drain_timeout: Duration) -> Self {
        Self { drain_timeout, ..self }
    }

    /// The time a client has for the first byte of its handshake. Default: 2 s. Maximum: 1 min.
    #[must_use]
    pub fn first_byte_timeout(self, first_byte_timeout: Duration) -> Self {
        Self { first_byte_timeout, ..self }
    }

    /// The time for the first message of a call, on a connection on which no caller was proven yet. Default: 10 s.
    /// Maximum: 1 h.
    ///
    /// The call ends with DEADLINE_EXCEEDED.
    #[must_use]
    pub fn first_message_timeout(mut self, first_message_timeout: Duration) -> Self {
        self.requests.first_message_timeout = first_message_timeout;
        self
    }

    /// The time a client has for the TLS handshake, and then again for the HTTP/2 preface. Default: 5 s. Maximum: 1 min.
    #[must_use]
    pub fn handshake_timeout(self, handshake_timeout: Duration) -> Self {
        Self { handshake_timeout, ..self }
    }

    /// The bytes of request bodies that a client may send on one connection before the server has read them (HTTP/2 flow
    /// control). Default: 1 MiB. Minimum: 65,535. Maximum: 16 MiB.
    ///
    /// More is faster on a long and fast network path, and more memory for each connection.
    #[must_use]
    pub fn http2_connection_window(self, http2_connection_window: u32) -> Self {
        Self { http2_connection_window, ..self }
    }

    /// The same for each call. Default: 1 MiB. Minimum: 65,535. Maximum: 16 MiB.
    #[must_use]
    pub fn http2_stream_window(self, http2_stream_window: u32) -> Self {
        Self { http2_stream_window, ..self }
    }

    /// The time without traffic after which the server sends an HTTP/2 PING, to find dead connections. Default: 60 s.
    /// Maximum: 1 h.
    #[must_use]
    pub fn keepalive_interval(self, keepalive_interval: Duration) -> Self {
        Self { keepalive_interval, ..self }
    }

    /// The time a client has to answer that PING before its connection is closed. Default: 20 s. Maximum: 1 h.
    #[must_use]
    pub fn keepalive_timeout(self, keepalive_timeout: Duration) -> Self {
        Self { keepalive_timeout, ..self }
    }

    /// The number of running calls on one connection. Default: 100. Maximum: 10,000.
    #[must_use]
    pub fn max_concurrent_streams(self, max_concurrent_streams: u32) -> Self {
        Self { max_concurrent_streams, ..self }
    }

    /// The age at which a connection is shut down, so that its client opens a new one. The age varies by up to a tenth.
    /// Default: 30 min. Maximum: 24 h.
    #[must_use]
    pub fn max_connection_age(self, max_connection_age: Duration) -> Self {
        Self { max_connection_age, ..self }
    }

    /// The time without a call after which a connection is shut down. Default: 5 min. Maximum: 24 h.
    ///
    /// The client opens a new one at its next call.
    #[must_use]
    pub fn max_connection_idle(self, max_connection_idle: Duration) -> Self {
        Self { max_connection_idle, ..self }
    }

    /// The number of open connections of the server. Default: 10,000. Maximum: 1,000,000.
    ///
    /// For one more, the connection that has had no call for the longest time is closed. If all have calls, the new one is
    /// closed.
    ///
    /// Each connection is a file descriptor, and 64 more are reserved for other files. The server raises the soft limit of
    /// the process (RLIMIT_NOFILE) if it is lower. If the hard limit is lower, too, the server does not start.
    #[must_use]
    pub fn max_connections(self, max_connections: usize) -> Self {
        Self { max_connections, ..self }
    }

    /// The same for each client address: an address of IPv4, or 64 bits of IPv6. Default: a tenth of
    /// [`max_connections`](Self::max_connections), and at least 100. Maximum: 1,000,000.
    ///
    /// Behind a proxy all clients have one address: set it to [`max_connections`](Self::max_connections) there.
    #[must_use]
    pub fn max_connections_per_address(self, max_connections_per_address: usize) -> Self {
        Self { max_connections_per_address: Some(max_connections_per_address), ..self }
    }

    /// The longest deadline that a client can set by `grpc-timeout`. A longer one is cut to it, without an error. Default: 1 h.
    /// Maximum: 24 h.
    ///
    /// It does not bound calls without a deadline: see [`default_deadline`](Self::default_deadline).
    #[must_use]
    pub fn max_deadline(mut self, max_deadline: Duration) -> Self {
        self.requests.max_deadline = max_deadline;
        self
    }

    /// The size of the headers of one request in bytes, as HTTP/2 counts them (RFC 9113, section 6.5.2). Default: 16 KiB.
    /// Maximum: 1 MiB.
    #[must_use]
    pub fn max_header_list_size(self, max_header_list_size: u32) -> Self {
        Self { max_header_list_size, ..self }
    }

    /// The number of streams that the server resets because of protocol errors of the client, before it closes the
    /// connection. Default: 256. Maximum: 65,536.
    #[must_use]
    pub fn max_local_error_resets(self, max_local_error_resets: usize) -> Self {
        Self { max_local_error_resets, ..self }
    }

    /// The number of connections with an unfinished handshake. Default: 1,024. Maximum: 65,536.
    ///
    /// For one more, the oldest that has sent nothing is closed. If all are sending, the new one is closed.
    #[must_use]
    pub fn max_pending_handshakes(self, max_pending_handshakes: usize) -> Self {
        Self { max_pending_handshakes, ..self }
    }

    /// The same for each client address: an address of IPv4, or 64 bits of IPv6. Default: 64. Maximum: 65,536.
    ///
    /// Behind a proxy all clients have one address: set it to
    /// [`max_pending_handshakes`](Self::max_pending_handshakes) there.
    #[must_use]
    pub fn max_pending_handshakes_per_address(self, max_pending_handshakes_per_address: usize) -> Self {
        Self { max_pending_handshakes_per_address, ..self }
    }

    /// The number of streams that a client may reset before the server has seen them; then the connection is closed
    /// ("rapid reset", CVE-2023-44487). Default: 20. Maximum: 10,000.
    #[must_use]
    pub fn max_pending_resets(self, max_pending_resets: usize) -> Self {
        Self { max_pending_resets, ..self }
    }

    /// The bytes that all unfinished messages of one connection may hold together, once a caller was proven on it. Default:
    /// 32 MiB. Maximum: 1 GiB.
    ///
    /// A message that exceeds it ends its call with RESOURCE_EXHAUSTED. So it bounds the size of one message, too. Messages
    /// of less than 16 KiB are not counted.
    #[must_use]
    pub fn max_unfinished_bytes(mut self, max_unfinished_bytes: usize) -> Self {
        self.requests.max_unfinished_bytes = max_unfinished_bytes;
        self
    }

    /// The same, while no caller was proven on the connection. Default: 8 MiB. Maximum: 1 GiB.
    #[must_use]
    pub fn max_unfinished_bytes_unproven(mut self, max_unfinished_bytes_unproven: usize) -> Self {
        self.requests.max_unfinished_bytes_unproven = max_unfinished_bytes_unproven;
        self
    }

    /// The time without a byte of a message that has begun. Default: 30 s. Maximum: 1 h.
    ///
    /// The call ends with DEADLINE_EXCEEDED. Between two messages a stream may rest as long as it likes.
    #[must_use]
    pub fn stalled_message_timeout(mut self, stalled_message_timeout: Duration) -> Self {
        self.requests.stalled_message_timeout = stalled_message_timeout;
        self
    }

    /// The limit of connections of one address.
    pub(super) fn connections_per_address(&self) -> usize {
        self.max_connections_per_address.unwrap_or_else(|| (self.max_connections / 10).max(100))
    }
}

const MIB: usize = 1024 * 1024;
