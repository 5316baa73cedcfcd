//! A budget for frames that cost the server something, and the client nothing.
//!
//! Only the heads of frames are read (RFC 9113, section 4.1). PING, SETTINGS, PRIORITY, WINDOW_UPDATE, RST_STREAM and
//! CONTINUATION frames, unknown ones and empty DATA frames take from the budget. Calls and data fill it up, and so does time.

use std::sync::{Mutex, PoisonError};

use crate::warning::RareWarning;
use tokio::time::Instant;

/// The budget of one connection.
#[derive(Debug)]
pub(super) struct FrameBudget {
    limit: u32,
    left: u32,
    filled_up: Instant,
    received: Frames,
    sent: Frames,
}

/// A client has sent too many frames that open no call and carry no data.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("too many frames that open no call and carry no data")]
pub(super) struct TooManyFrames;

impl FrameBudget {
    /// The budget of a new connection, whose client has to send the connection preface first.
    pub(super) fn new(limit: u32) -> Self {
        let received = Frames { skipped: PREFACE_BYTES, ..Frames::default() };
        Self { limit, left: limit, filled_up: Instant::now(), received, sent: Frames::default() }
    }

    /// Follows what the client sent.
    pub(super) fn received(&mut self, mut bytes: &[u8]) -> Result<(), TooManyFrames> {
        while let Some(head) = self.received.next(&mut bytes) {
            match head.kind {
                HEADERS => self.earn(EARNED_BY_CALL),
                DATA if head.length > 0 => self.earn(1),
                DATA if head.flags & END_STREAM != 0 => {}
                _ => self.spend()?,
            }
        }
        Ok(())
    }

    /// Follows what the server sent. Clients answer data with WINDOW_UPDATE and PING.
    pub(super) fn sent(&mut self, mut bytes: &[u8]) {
        while let Some(head) = self.sent.next(&mut bytes) {
            if matches!(head.kind, DATA | HEADERS) {
                self.earn(EARNED_BY_SENT_FRAME);
            }
        }
    }

    fn earn(&mut self, frames: u32) {
        self.left = self.left.saturating_add(frames).min(self.limit.max(MAX_EARNED));
    }

    fn spend(&mut self) -> Result<(), TooManyFrames> {
        if self.left == 0 {
            let now = Instant::now();
            let earned = now.duration_since(self.filled_up).as_millis() * FRAMES_PER_SECOND / 1_000;
            self.left = u32::try_from(earned).unwrap_or(u32::MAX).min(self.limit);
            self.filled_up = now;
        }
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => {
                warn();
                return Err(TooManyFrames);
            }
        }
        Ok(())
    }
}

/// Follows the frames of one direction.
#[derive(Debug, Default)]
struct Frames {
    /// Bytes before the next head.
    skipped: usize,
    head: [u8; HEAD_BYTES],
    head_length: usize,
}

struct Head {
    length: usize,
    kind: u8,
    flags: u8,
}

impl Frames {
    /// The next head that is complete.
    fn next(&mut self, bytes: &mut &[u8]) -> Option<Head> {
        let skipped = self.skipped.min(bytes.len());
        self.skipped -= skipped;
        let free = &mut self.head[self.head_length..];
        let taken = free.len().min(bytes.len() - skipped);
        free[..taken].copy_from_slice(&bytes[skipped..skipped + taken]);
        self.head_length += taken;
        *bytes = &bytes[skipped + taken..];
        if self.head_length < HEAD_BYTES {
            return None;
        }
        self.head_length = 0;
        let [high, middle, low, kind, flags, ..] = self.head;
        let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        self.skipped = length;
        Some(Head { length, kind, flags })
    }
}

fn warn() {
    if let Some(connections) = WARNING.lock().unwrap_or_else(PoisonError::into_inner).event() {
        tracing::warn!(
            connections,
            "clients sent too many frames that open no call and carry no data: they are closed"
        );
    }
}

static WARNING: Mutex<RareWarning> = Mutex::new(RareWarning::new());

/// The connection preface, before the first frame (RFC 9113, section 3.4).
const PREFACE_BYTES: usize = 24;
const HEAD_BYTES: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const END_STREAM: u8 = 1;

const FRAMES_PER_SECOND: u128 = 20;
const EARNED_BY_CALL: u32 = 4;
/// Some clients update the window of the stream and of the connection after each frame.
const EARNED_BY_SENT_FRAME: u32 = 2;
/// More than the answers to all frames that are on their way.
const MAX_EARNED: u32 = 65_536;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const PING: u8 = 6;

    fn frame(kind: u8, flags: u8, length: u8) -> Vec<u8> {
        [&[0, 0, length, kind, flags, 0, 0, 0, 1][..], &vec![7; length.into()]].concat()
    }

    fn budget(limit: u32) -> FrameBudget {
        let mut budget = FrameBudget::new(limit);
        budget.received(PREFACE).unwrap();
        budget
    }

    #[tokio::test(start_paused = true)]
    async fn frames_are_counted_however_they_are_cut() {
        let bytes = [PREFACE.to_vec(), frame(PING, 0, 8), frame(DATA, 0, 200), frame(4, 0, 0)].concat();
        for size in 1..bytes.len() {
            let mut budget = FrameBudget::new(10);
            for part in bytes.chunks(size) {
                budget.received(part).unwrap();
            }
            assert_eq!(budget.left, 10 - 1 + 1 - 1, "{size}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn excess_of_every_kind_of_useless_frame_closes_the_connection() {
        for (kind, flags, length) in [
            (PING, 0, 8),
            (PING, 1, 8),
            (4, 0, 0),
            (2, 0, 5),
            (8, 0, 4),
            (3, 0, 4),
            (9, 0, 9),
            (200, 0, 50),
            (DATA, 0, 0),
        ] {
            let mut budget = budget(100);
            let sent = (0..1_000).take_while(|_| budget.received(&frame(kind, flags, length)).is_ok()).count();
            assert_eq!(sent, 100, "{kind}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn calls_data_and_time_refill_the_frame_budget() {
        let mut budget = budget(100);
        let ping = frame(PING, 0, 8);
        for _ in 0..1_000 {
            budget.received(&frame(HEADERS, 0, 30)).unwrap();
            budget.received(&frame(3, 0, 4)).unwrap();
            budget.sent(&[frame(HEADERS, 0, 10), frame(DATA, 0, 90)].concat());
            budget.received(&ping.repeat(4)).unwrap();
        }
        // Nothing follows a refused frame on a connection, but here it does.
        let mut is_taken = || {
            let taken = budget.received(&ping).is_ok();
            budget.received.skipped = 0;
            taken
        };
        while is_taken() {}
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!((0..1_000).take_while(|_| is_taken()).count(), 20);
        tokio::time::advance(Duration::from_secs(3_600)).await;
        assert_eq!((0..1_000).take_while(|_| is_taken()).count(), 100);
    }
}
