//! Limits on what one client may take of a server.

use std::time::Duration;

use crate::usage::UsageLimits;

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
    pub(super) http2_keepalive: bool,
    pub(super) http2_connection_window: u32,
    pub(super) http2_stream_window: u32,
    pub(super) keepalive_interval: Duration,
    pub(super) keepalive_timeout: Duration,
    pub(super) max_concurrent_streams: u32,
    pub(super) max_connection_age: Duration,
    pub(super) max_connection_idle: Duration,
    pub(super) max_connections: usize,
    pub(super) max_connections_per_address: Option<usize>,
    pub(super) max_control_frames: u32,
    pub(super) max_header_list_size: Option<u32>,
    pub(super) max_local_error_resets: usize,
    pub(super) max_pending_handshakes: usize,
    pub(super) max_pending_handshakes_per_address: usize,
    pub(super) max_pending_resets: usize,
    pub(super) max_response_stall: Duration,
    pub(super) usage: UsageLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            drain_timeout: Duration::from_secs(30),
            first_byte_timeout: Duration::from_secs(2),
            handshake_timeout: Duration::from_secs(5),
            http2_keepalive: false,
            http2_connection_window: 1024 * 1024,
            http2_stream_window: 1024 * 1024,
            keepalive_interval: Duration::from_secs(60),
            keepalive_timeout: Duration::from_secs(20),
            max_concurrent_streams: 100,
            max_connection_age: Duration::from_secs(30 * 60),
            max_connection_idle: Duration::from_secs(5 * 60),
            max_connections: 10_000,
            max_connections_per_address: None,
            max_control_frames: 1_000,
            max_header_list_size: None,
            max_local_error_resets: 256,
            max_pending_handshakes: 1_024,
            max_pending_handshakes_per_address: 64,
            max_pending_resets: 20,
            max_response_stall: Duration::from_secs(60),
            usage: UsageLimits {
                default_deadline: None,
                max_deadline: Duration::from_secs(60 * 60),
                first_message_timeout: Duration::from_secs(10),
                stalled_message_timeout: Duration::from_secs(30),
                max_unfinished_bytes: 32 * MIB,
                max_unfinished_bytes_unauthenticated: 8 * MIB,
                max_unsent_bytes: 16 * MIB,
                max_unsent_bytes_unauthenticated: 4 * MIB,
            },
        }
    }
}

impl Limits {
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

    /// The bytes that a client may send for one call before the server has read them. Default: 1 MiB. Minimum: 65,535. Maximum: 16 MiB.
    #[must_use]
    pub fn http2_stream_window(self, http2_stream_window: u32) -> Self {
        Self { http2_stream_window, ..self }
    }

    /// Finds dead connections by HTTP/2 PING. Default: by TCP keepalive on Linux, and by PING on other systems.
    ///
    /// TCP keepalive reaches only the next TCP host. Use PING if that host is a proxy that keeps connections of lost
    /// clients. Use it, too, if a stopped client process should count as lost. It costs about 5 % of the CPU time of a
    /// short call.
    #[must_use]
    pub fn http2_keepalive(self) -> Self {
        Self { http2_keepalive: true, ..self }
    }

    /// The time without a byte from the client after which the server looks whether the connection is dead. Default: 60 s.
    /// Maximum: 1 h. TCP keepalive rounds it up to whole seconds.
    #[must_use]
    pub fn keepalive_interval(self, keepalive_interval: Duration) -> Self {
        Self { keepalive_interval, ..self }
    }

    /// The time a client has to answer then, before its connection is closed. Default: 20 s. Maximum: 1 h.
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

    /// The most connections of one client address: an address of IPv4, or 64 bits of IPv6. Default: a tenth of
    /// [`max_connections`](Self::max_connections), and at least 100. Maximum: 1,000,000.
    ///
    /// Behind a proxy all clients have one address: set it to [`max_connections`](Self::max_connections) there.
    #[must_use]
    pub fn max_connections_per_address(self, max_connections_per_address: usize) -> Self {
        Self { max_connections_per_address: Some(max_connections_per_address), ..self }
    }

    /// The number of HTTP/2 frames that a client may send in a row, if they neither open a call nor carry data: PING, SETTINGS,
    /// WINDOW_UPDATE and others. Then the connection is closed. Default: 1,000. Minimum: 100. Maximum: 1,000,000.
    ///
    /// Each call and each frame with data, in either direction, gives a client some of these frames back. So do 50 ms.
    #[must_use]
    pub fn max_control_frames(self, max_control_frames: u32) -> Self {
        Self { max_control_frames, ..self }
    }

    /// The size of the headers of one request in bytes, as HTTP/2 counts them (RFC 9113, section 6.5.2). Maximum: 1 MiB.
    ///
    /// Default: 16 KiB. If a gate accepts credentials of more than 8 KiB, it is 8 KiB more than the longest of them
    /// ([`Authenticator::max_credential_bytes`](crate::Authenticator::max_credential_bytes)).
    #[must_use]
    pub fn max_header_list_size(self, max_header_list_size: u32) -> Self {
        Self { max_header_list_size: Some(max_header_list_size), ..self }
    }

    /// Makes room for credentials of this length, unless a size of the headers is set.
    pub(super) fn for_credentials_of(mut self, max_credential_bytes: usize) -> Self {
        let needed = u32::try_from(max_credential_bytes).unwrap_or(u32::MAX);
        let size = self
            .max_header_list_size
            .unwrap_or_else(|| DEFAULT_HEADER_LIST_SIZE.max(needed.saturating_add(OTHER_HEADERS)));
        if size < needed {
            tracing::warn!(
                size,
                needed,
                "`Limits::max_header_list_size` is less than the longest credential that a gate accepts: it never arrives"
            );
        }
        self.max_header_list_size = Some(size.min(MAX_HEADER_LIST_SIZE));
        self
    }

    pub(super) fn header_list_size(&self) -> u32 {
        self.max_header_list_size.unwrap_or(DEFAULT_HEADER_LIST_SIZE)
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

    /// The most unfinished handshakes of one client address: an address of IPv4, or 64 bits of IPv6. Default: 64. Maximum:
    /// 65,536.
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

    /// The limit of connections of one address.
    pub(super) fn connections_per_address(&self) -> usize {
        self.max_connections_per_address.unwrap_or_else(|| (self.max_connections / 10).max(100))
    }
}

const DEFAULT_HEADER_LIST_SIZE: u32 = 16 * 1024;
pub(super) const MAX_HEADER_LIST_SIZE: u32 = 1024 * 1024;

/// The room for headers beside the credential.
const OTHER_HEADERS: u32 = 8 * 1024;

const MIB: usize = 1024 * 1024;
