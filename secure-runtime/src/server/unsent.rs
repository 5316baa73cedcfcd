//! The bytes of responses that wait until the client of one connection reads them.
//!
//! 1. They are counted. While there are too many, calls wait in gates and fallbacks ([`Room`](crate::usage::Room)).
//! 2. One response counts for half of the limit at most, so that one that is not read does not hold up the others.
//! 3. A part that is not sent in time ends the connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;

use crate::usage::Usage;

/// What waits to be sent on one connection.
#[derive(Debug)]
pub(super) struct Unsent {
    max_response_stall: Duration,
    usage: Arc<Usage>,
    /// Goes on with time.
    period: AtomicUsize,
    /// How many parts of responses wait, by the period in which they began to.
    parts: [AtomicUsize; PERIODS],
}

/// A frame of a response, which is in memory until all its parts are sent.
#[derive(Debug)]
pub(super) struct Chunk {
    unsent: Arc<Unsent>,
    /// How many bytes wait of the whole response.
    of_response: Arc<AtomicUsize>,
    counted: usize,
}

/// A part of a response waits to be sent until this is dropped.
#[derive(Debug)]
pub(super) struct Part {
    unsent: Arc<Unsent>,
    period: usize,
}

/// Bytes that are counted until they are dropped.
struct Counted {
    bytes: Bytes,
    _part: Part,
    _chunk: Arc<Chunk>,
}

impl Unsent {
    pub(super) fn new(max_response_stall: Duration, usage: Arc<Usage>) -> Self {
        Self { max_response_stall, usage, period: AtomicUsize::new(0), parts: Default::default() }
    }

    /// Waits until a part of a response has waited for too long.
    pub(super) async fn stalled(&self) {
        loop {
            sleep(self.max_response_stall / PERIODS_OF_STALL).await;
            let now = self.period.fetch_add(1, Ordering::Relaxed) + 1;
            // Its youngest parts are as old as all the periods between.
            let oldest = now.wrapping_sub(PERIODS_OF_STALL as usize + 1) % PERIODS;
            if self.parts[oldest].load(Ordering::Relaxed) > 0 {
                return;
            }
        }
    }

    /// Counts a part of a response.
    pub(super) fn part(self: &Arc<Self>) -> Part {
        let period = self.period.load(Ordering::Relaxed) % PERIODS;
        self.parts[period].fetch_add(1, Ordering::Relaxed);
        Part { unsent: Arc::clone(self), period }
    }

    /// Counts the bytes of a response.
    pub(super) fn chunk(self: &Arc<Self>, bytes: usize, of_response: &Arc<AtomicUsize>) -> Chunk {
        let share = (self.usage.max_unsent() / RESPONSES_IN_LIMIT).saturating_sub(of_response.load(Ordering::Relaxed));
        let counted = bytes.min(share);
        of_response.fetch_add(counted, Ordering::Relaxed);
        self.usage.add_unsent(counted);
        Chunk { unsent: Arc::clone(self), of_response: Arc::clone(of_response), counted }
    }
}

impl Chunk {
    /// Counts a part of the chunk until it is sent.
    pub(super) fn count(self: &Arc<Self>, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Counted { bytes, _part: self.unsent.part(), _chunk: Arc::clone(self) })
    }
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        self.of_response.fetch_sub(self.counted, Ordering::Relaxed);
        self.unsent.usage.sent(self.counted);
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.unsent.parts[self.period].fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many responses of any size must be left unread before the others wait.
const RESPONSES_IN_LIMIT: usize = 2;

/// How many periods a part may wait, and how many are told apart.
const PERIODS_OF_STALL: u32 = 4;
const PERIODS: usize = 8;

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::usage::Work;

    fn unsent(limit: usize) -> Arc<Unsent> {
        Arc::new(Unsent::new(Duration::from_secs(60), Usage::of_nobody(limit)))
    }

    #[test]
    fn bytes_are_counted_until_the_last_part_is_dropped() {
        let unsent = unsent(1_000);
        let responses: Vec<_> = (0..2).map(|_| Arc::new(AtomicUsize::new(0))).collect();
        let chunks: Vec<_> = responses.iter().map(|response| Arc::new(unsent.chunk(9_000, response))).collect();
        let parts: Vec<_> = chunks.iter().map(|chunk| chunk.count(Bytes::from_static(b"part"))).collect();
        assert!(!unsent.usage.has_room(Work::New));
        unsent.usage.authenticate();
        assert!(unsent.usage.has_room(Work::New), "an authenticated caller may leave more");
        drop(chunks);
        assert_eq!(unsent.usage.unsent(), 1_000);
        drop(parts);
        assert_eq!(unsent.usage.unsent(), 0);
    }

    #[test]
    fn one_response_cannot_take_the_whole_budget() {
        let unsent = unsent(1_000);
        let response = Arc::new(AtomicUsize::new(0));
        let _chunks: Vec<_> = (0..50).map(|_| unsent.chunk(900, &response)).collect();
        assert!(unsent.usage.has_room(Work::New));
    }

    #[tokio::test(start_paused = true)]
    async fn stall_is_reported_only_if_no_part_is_sent() {
        let unsent = unsent(1_000);
        let start = Instant::now();
        let sending = async {
            for _ in 0..40 {
                let part = unsent.part();
                sleep(Duration::from_secs(10)).await;
                drop(part);
            }
            let _stays = unsent.part();
            sleep(Duration::from_secs(600)).await;
        };
        tokio::select! {
            () = unsent.stalled() => {}
            () = sending => panic!("the stall was not noticed"),
        }
        assert!((460..=476).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    }
}
