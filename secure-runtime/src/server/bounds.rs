//! The bounds of each limit.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::limits::{Limits, MAX_HEADER_LIST_SIZE};

impl Limits {
    /// The name of the first limit that is zero or above its maximum.
    pub(super) fn out_of_bounds(&self) -> Option<&'static str> {
        let up_to = |duration: Duration, maximum| !duration.is_zero() && duration <= maximum;
        let checks = [
            ("default_deadline", self.usage.default_deadline.is_none_or(|deadline| up_to(deadline, DAY))),
            ("drain_timeout", up_to(self.drain_timeout, HOUR)),
            ("first_byte_timeout", up_to(self.first_byte_timeout, MINUTE)),
            ("first_message_timeout", up_to(self.usage.first_message_timeout, HOUR)),
            ("handshake_timeout", up_to(self.handshake_timeout, MINUTE)),
            ("http2_connection_window", WINDOWS.contains(&self.http2_connection_window)),
            ("http2_stream_window", WINDOWS.contains(&self.http2_stream_window)),
            ("keepalive_interval", up_to(self.keepalive_interval, HOUR)),
            ("keepalive_timeout", up_to(self.keepalive_timeout, HOUR)),
            ("max_concurrent_streams", (1..=10_000).contains(&self.max_concurrent_streams)),
            ("max_connection_age", up_to(self.max_connection_age, DAY)),
            ("max_connection_idle", up_to(self.max_connection_idle, DAY)),
            ("max_connections", (1..=1_000_000).contains(&self.max_connections)),
            ("max_connections_per_address", (1..=1_000_000).contains(&self.connections_per_address())),
            ("max_control_frames", (100..=1_000_000).contains(&self.max_control_frames)),
            ("max_deadline", up_to(self.usage.max_deadline, DAY)),
            ("max_header_list_size", (1..=MAX_HEADER_LIST_SIZE).contains(&self.header_list_size())),
            ("max_local_error_resets", (1..=65_536).contains(&self.max_local_error_resets)),
            ("max_pending_handshakes", (1..=65_536).contains(&self.max_pending_handshakes)),
            ("max_pending_handshakes_per_address", (1..=65_536).contains(&self.max_pending_handshakes_per_address)),
            ("max_pending_resets", (1..=10_000).contains(&self.max_pending_resets)),
            ("max_response_stall", up_to(self.max_response_stall, HOUR)),
            ("max_unsent_bytes", UNSENT.contains(&self.usage.max_unsent_bytes)),
            ("max_unsent_bytes_unauthenticated", UNSENT.contains(&self.usage.max_unsent_bytes_unauthenticated)),
            ("max_unfinished_bytes", (1..=1024 * MIB).contains(&self.usage.max_unfinished_bytes)),
            (
                "max_unfinished_bytes_unauthenticated",
                (1..=1024 * MIB).contains(&self.usage.max_unfinished_bytes_unauthenticated),
            ),
            ("stalled_message_timeout", up_to(self.usage.stalled_message_timeout, HOUR)),
        ];
        checks.iter().find_map(|(name, holds)| (!holds).then_some(*name))
    }
}

/// The smallest window is the one before any SETTINGS (RFC 9113, section 6.9.2).
const WINDOWS: RangeInclusive<u32> = 65_535..=16 * 1024 * 1024;

const UNSENT: RangeInclusive<usize> = 64 * 1024..=1024 * MIB;

const MIB: usize = 1024 * 1024;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
