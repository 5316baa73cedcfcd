//! Finds clients that are gone without closing the connection: their host has lost its power, or the network its route.
//!
//! The kernel does it (RFC 9293, section 3.8.4), which costs a call nothing. An HTTP/2 server that sends PINGs takes a lock
//! and reads the clock for every frame.

use super::limits::Limits;
use super::stream::ServerStream;

/// Lets the kernel close a connection if its client is gone. False if it does not, so that PINGs are needed.
#[cfg(target_os = "linux")]
pub(super) fn is_done_by_kernel(stream: &ServerStream, limits: &Limits) -> bool {
    use std::time::Duration;

    use socket2::{SockRef, TcpKeepalive};

    /// TCP counts whole seconds.
    const SECOND: Duration = Duration::from_secs(1);
    const PROBES: u32 = 4;

    let ServerStream::Tcp(stream) = stream else { return false };
    if limits.http2_keepalive {
        return false;
    }
    let (socket, interval, timeout) = (SockRef::from(stream), limits.keepalive_interval, limits.keepalive_timeout);
    let probes = TcpKeepalive::new().with_time(interval.max(SECOND)).with_interval((timeout / PROBES).max(SECOND));
    // It counts from the last byte of the client, and stands in for the number of probes (tcp(7), TCP_USER_TIMEOUT). It is
    // also the time in which the client must acknowledge what it is sent.
    let is_set = socket.set_tcp_user_timeout(Some(interval + timeout)).and_then(|()| socket.set_tcp_keepalive(&probes));
    is_set.is_ok()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_done_by_kernel(_: &ServerStream, _: &Limits) -> bool {
    false
}
