//! The bytes of responses that wait until the client of one connection reads them.
//!
//! 1. While there are too many, no handler of the connection runs, and no further part of a response is made.
//! 2. One response counts for half of the limit at most, so that one that is not read does not hold up the others.
//! 3. A part that is not sent in time ends the connection.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;

use crate::connection::Usage;

/// Limits on the responses of one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct ResponseLimits {
    pub(super) max_response_stall: Duration,
    pub(super) max_unsent_bytes: usize,
    pub(super) max_unsent_bytes_unproven: usize,
}

/// What waits to be sent on one connection.
#[derive(Debug)]
pub(super) struct Unsent {
    limits: ResponseLimits,
    usage: Arc<Usage>,
    bytes: AtomicUsize,
    /// Goes on with time.
    period: AtomicUsize,
    /// How many parts of responses wait, by the period in which they began to.
    parts: [AtomicUsize; PERIODS],
    has_waiting: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
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
    pub(super) fn new(limits: ResponseLimits, usage: Arc<Usage>) -> Self {
        Self {
            limits,
            usage,
            bytes: AtomicUsize::new(0),
            period: AtomicUsize::new(0),
            parts: Default::default(),
            has_waiting: AtomicBool::new(false),
            waiting: Mutex::default(),
        }
    }

    /// Ready if no more bytes wait than may.
    pub(super) fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        if self.has_room() {
            return Poll::Ready(());
        }
        let mut waiting = self.waiting();
        if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
            waiting.push(context.waker().clone());
        }
        self.has_waiting.store(true, Ordering::SeqCst);
        // Bytes may have been sent before anyone could see that somebody waits.
        if self.has_room() { Poll::Ready(()) } else { Poll::Pending }
    }

    fn has_room(&self) -> bool {
        self.bytes.load(Ordering::SeqCst) < self.limit()
    }

    fn limit(&self) -> usize {
        match self.usage.is_proven() {
            true => self.limits.max_unsent_bytes,
            false => self.limits.max_unsent_bytes_unproven,
        }
    }

    /// Waits until a part of a response has waited for too long.
    pub(super) async fn stalled(&self) {
        loop {
            sleep(self.limits.max_response_stall / PERIODS_OF_STALL).await;
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
        let share = (self.limit() / RESPONSES_IN_LIMIT).saturating_sub(of_response.load(Ordering::Relaxed));
        let counted = bytes.min(share);
        of_response.fetch_add(counted, Ordering::Relaxed);
        self.bytes.fetch_add(counted, Ordering::SeqCst);
        Chunk { unsent: Arc::clone(self), of_response: Arc::clone(of_response), counted }
    }

    fn release(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::SeqCst);
        if self.has_waiting.load(Ordering::SeqCst) && self.has_room() {
            self.has_waiting.store(false, Ordering::SeqCst);
            let waiting = std::mem::take(&mut *self.waiting());
            waiting.into_iter().for_each(Waker::wake);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl Unsent {
    /// Of a connection on which nobody has proven anything.
    pub(super) fn of_nobody(limits: ResponseLimits) -> Arc<Self> {
        use crate::connection::{Connection, RequestLimits};
        let requests = RequestLimits {
            default_deadline: None,
            max_deadline: Duration::ZERO,
            first_message_timeout: Duration::ZERO,
            stalled_message_timeout: Duration::ZERO,
            max_unfinished_bytes: 0,
            max_unfinished_bytes_unproven: 0,
        };
        Arc::new(Self::new(limits, Arc::new(Usage::new(requests, &Connection::nowhere()))))
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
        self.unsent.release(self.counted);
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
    use std::future::poll_fn;

    use tokio::time::Instant;

    use super::*;

    fn unsent(limit: usize) -> Arc<Unsent> {
        let limits = ResponseLimits {
            max_response_stall: Duration::from_secs(60),
            max_unsent_bytes: limit * 2,
            max_unsent_bytes_unproven: limit,
        };
        Unsent::of_nobody(limits)
    }

    fn has_room(unsent: &Unsent) -> bool {
        unsent.poll_room(&Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn bytes_are_counted_until_the_last_part_is_dropped() {
        let unsent = unsent(1_000);
        let responses: Vec<_> = (0..2).map(|_| Arc::new(AtomicUsize::new(0))).collect();
        let chunks: Vec<_> = responses.iter().map(|response| Arc::new(unsent.chunk(9_000, response))).collect();
        let parts: Vec<_> = chunks.iter().map(|chunk| chunk.count(Bytes::from_static(b"part"))).collect();
        assert!(!has_room(&unsent));
        unsent.usage.prove();
        assert!(has_room(&unsent), "who has proven something may leave more");
        drop(chunks);
        assert_eq!(unsent.bytes.load(Ordering::SeqCst), 1_000);
        drop(parts);
        assert_eq!(unsent.bytes.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn one_response_cannot_take_the_whole_budget() {
        let unsent = unsent(1_000);
        let response = Arc::new(AtomicUsize::new(0));
        let _chunks: Vec<_> = (0..50).map(|_| unsent.chunk(900, &response)).collect();
        assert!(has_room(&unsent));
    }

    #[tokio::test]
    async fn freed_bytes_wake_every_waiting_response() {
        let unsent = unsent(1_000);
        let chunks: Vec<_> = (0..2).map(|_| unsent.chunk(900, &Arc::default())).collect();
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let unsent = Arc::clone(&unsent);
                tokio::spawn(async move { poll_fn(|context| unsent.poll_room(context)).await })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(waiting.iter().all(|task| !task.is_finished()));
        drop(chunks);
        for task in waiting {
            task.await.unwrap();
        }
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
