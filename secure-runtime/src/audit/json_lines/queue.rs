//! The lines that wait for the writer, and the thread that writes them.

use std::collections::BTreeMap;
use std::io::Write;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use super::batch::Batch;
use super::line;
use crate::audit::NotRecorded;

/// The lines that wait, shared by the calls and the writer's thread.
pub(super) struct Queue {
    shared: Arc<Shared>,
    finished: Mutex<Receiver<()>>,
}

/// Whether an admitted call goes on if there is no room for its line.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum WhenFull {
    Drop,
    Refuse,
}

/// The key under which refusals are counted, if they are not written one by one.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) struct Overflow {
    pub(super) method: &'static str,
    pub(super) denial: &'static str,
}

struct Shared {
    waiting: Mutex<Waiting>,
    /// Signalled when more bytes wait than `wake_above`, and at the end.
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// Lines of admitted calls and of refusals, in the order of the decisions.
    bytes: Vec<u8>,
    admitted_bytes: usize,
    refused_bytes: usize,
    lines: u64,
    /// Refusals that are counted, by method and name of the denial. The keys come from tables, so there are few.
    counted: BTreeMap<(&'static str, &'static str), u64>,
    dropped: u64,
    /// How many of `dropped` were reported in a line.
    reported: u64,
    /// How many bytes may wait before the writer is woken: signals cost system calls.
    wake_above: usize,
    is_failing: bool,
    keeps_failed: bool,
    is_closed: bool,
}

impl Queue {
    pub(super) fn start(writer: impl Write + Send + 'static) -> Self {
        let shared = Arc::new(Shared { waiting: Mutex::default(), changed: Condvar::new() });
        let (finish, finished) = mpsc::channel();
        let writing = Arc::clone(&shared);
        let thread = thread::Builder::new().name("audit-log".to_owned()).spawn(move || {
            writing.run(writer);
            drop(finish);
        });
        if let Err(error) = thread {
            tracing::error!(%error, "no thread can be started for the audit log: its lines are not written");
            shared.lock().is_failing = true;
        }
        Self { shared, finished: Mutex::new(finished) }
    }

    pub(super) fn push_admitted(&self, line: &[u8], when_full: WhenFull) -> Result<(), NotRecorded> {
        let mut waiting = self.shared.lock();
        let is_full = waiting.admitted_bytes + line.len() > MAX_QUEUE_BYTES;
        if when_full == WhenFull::Refuse && (is_full || waiting.is_failing) {
            return Err(NotRecorded);
        }
        match is_full {
            true => waiting.dropped += 1,
            false => {
                waiting.admitted_bytes += line.len();
                self.shared.push(waiting, line);
            }
        }
        Ok(())
    }

    pub(super) fn push_refused(&self, line: &[u8], overflow: Overflow) {
        let mut waiting = self.shared.lock();
        match waiting.refused_bytes + line.len() > MAX_QUEUE_BYTES / 2 {
            true => *waiting.counted.entry((overflow.method, overflow.denial)).or_default() += 1,
            false => {
                waiting.refused_bytes += line.len();
                self.shared.push(waiting, line);
            }
        }
    }

    pub(super) fn keep_failed_lines(&self) {
        self.shared.lock().keeps_failed = true;
    }

    pub(super) fn dropped(&self) -> u64 {
        self.shared.lock().dropped
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.changed.notify_one();
        if let Ok(finished) = self.finished.get_mut() {
            let _ = finished.recv_timeout(FINISH_TIMEOUT);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, mut waiting: MutexGuard<'_, Waiting>, line: &[u8]) {
        waiting.bytes.extend_from_slice(line);
        waiting.lines += 1;
        if waiting.bytes.len() > waiting.wake_above {
            waiting.wake_above = usize::MAX;
            drop(waiting);
            self.changed.notify_one();
        }
    }

    fn run(&self, mut writer: impl Write) {
        let mut batch = Batch::default();
        while self.next(&mut batch) {
            // A writer that panics has failed. Without its thread, no line would be written, and nobody would know.
            let written = panic::catch_unwind(AssertUnwindSafe(|| batch.write(&mut writer)));
            if !self.finish(&mut batch, written.is_ok_and(|written| written.is_ok())) {
                return;
            }
        }
    }

    /// Waits for lines, lingers for more, and takes them. After a failure, waits before the same lines are written
    /// again, and tries once more at the end. False after that.
    fn next(&self, batch: &mut Batch) -> bool {
        let mut waiting = self.lock();
        if !batch.is_empty() {
            let was_last = batch.is_last_attempt;
            waiting = self.wait(waiting, usize::MAX, RETRY_INTERVAL);
            batch.is_last_attempt = waiting.is_closed;
            return !was_last;
        }
        while waiting.is_empty() && !waiting.is_closed {
            waiting = self.wait(waiting, 0, IDLE_INTERVAL);
        }
        if !waiting.is_closed {
            waiting = self.wait(waiting, MAX_QUEUE_BYTES / 4, BATCH_DELAY);
        }
        waiting.take(batch);
        !batch.is_empty()
    }

    /// Waits until more than `wake_above` bytes are there, the queue is closed, or `limit` is over.
    fn wait<'a>(
        &self,
        mut waiting: MutexGuard<'a, Waiting>,
        wake_above: usize,
        limit: Duration,
    ) -> MutexGuard<'a, Waiting> {
        waiting.wake_above = wake_above;
        let is_early = |waiting: &mut Waiting| waiting.bytes.len() <= wake_above && !waiting.is_closed;
        let woken = self.changed.wait_timeout_while(waiting, limit, is_early);
        let (mut waiting, _) = woken.unwrap_or_else(PoisonError::into_inner);
        waiting.wake_above = usize::MAX;
        waiting
    }

    /// False if nobody is left for whom to try again.
    fn finish(&self, batch: &mut Batch, is_written: bool) -> bool {
        let mut waiting = self.lock();
        waiting.is_failing = !is_written;
        if is_written {
            batch.clear();
        } else if !waiting.keeps_failed {
            let unwritten = batch.unwritten();
            waiting.dropped += unwritten.events;
            waiting.reported -= unwritten.reported;
            batch.clear();
        }
        let has_lines = waiting.lines > 0 || !waiting.counted.is_empty();
        is_written || waiting.keeps_failed || !waiting.is_closed || has_lines
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.lines == 0 && self.counted.is_empty() && self.dropped == self.reported
    }

    fn take(&mut self, batch: &mut Batch) {
        let now = SystemTime::now();
        batch.fill(&mut self.bytes, mem::take(&mut self.lines));
        (self.admitted_bytes, self.refused_bytes) = (0, 0);
        for ((method, denial), count) in mem::take(&mut self.counted) {
            batch.count(count, |bytes| line::refused(bytes, method, denial, count, now));
        }
        let unreported = self.dropped - self.reported;
        if unreported > 0 {
            batch.report(unreported, |bytes| line::dropped(bytes, unreported, now));
            self.reported = self.dropped;
        }
    }
}

/// How long a line waits for others to be written with it.
pub(super) const BATCH_DELAY: Duration = Duration::from_millis(20);

/// How often a writer without lines looks for them all the same.
const IDLE_INTERVAL: Duration = Duration::from_secs(60);

/// How long after a failed write the same lines are written again.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// How long the last owner of a queue waits for its lines to be written.
const FINISH_TIMEOUT: Duration = Duration::from_secs(1);

/// Bytes of lines of admitted calls that wait for a slow writer. Lines of refusals have half as much.
pub(super) const MAX_QUEUE_BYTES: usize = 4 * 1024 * 1024;
