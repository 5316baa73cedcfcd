//! Unfinished handshakes. A silent one is evicted for a new one.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::slots::Evictable;

/// An unfinished handshake.
#[derive(Debug)]
pub(super) struct Handshake {
    since: Instant,
    has_sent: AtomicBool,
    evicted: CancellationToken,
}

impl Handshake {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), has_sent: AtomicBool::new(false), evicted: CancellationToken::new() }
    }

    /// Records that the client has sent something.
    pub(super) fn has_sent(&self) {
        self.has_sent.store(true, Ordering::Relaxed);
    }

    /// Waits until the client is evicted for another one.
    pub(super) async fn evicted(&self) {
        self.evicted.cancelled().await;
    }
}

impl Evictable for Handshake {
    const NAMES: &'static str = "unfinished handshakes";

    fn idle_since(&self) -> Option<Instant> {
        (!self.has_sent.load(Ordering::Relaxed)).then_some(self.since)
    }

    fn evict(&self) {
        self.evicted.cancel();
    }
}
