//! Decisions as lines of JSON.
//!
//! 1. A call writes its line into a buffer of its thread ([`line`]), and appends that to a queue ([`queue`]).
//! 2. A thread takes what is queued, at most every [`BATCH_DELAY`](queue::BATCH_DELAY), and writes it in one piece.
//!
//! Lines of admitted calls and of refusals have a limit each, so refusals never displace the line of an admitted call.
//! All are written in the order of the decisions.

mod batch;
mod line;
mod queue;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::SystemTime;

use self::queue::{Overflow, Queue, WhenFull};
use super::{AuditEvent, AuditLogger, CallEnded, ConnectionEvent, HealthEvent, LimitEvent, NotRecorded};
use crate::authz::Decision;

/// Writes each decision as one line of JSON, from a thread of its own.
///
/// A line is written at most 20 ms after the decision. A slow or broken writer delays no call. Up to 4 MiB of lines of
/// admitted calls wait for it, and up to 2 MiB of lines of refusals:
///
/// - When there is no room for another line of a refusal, refusals are counted instead, by method and denial. Each count
///   is one line, such as `{"time":"...","method":"/shop.v1.Orders/Get","denial":"credential_missing","refused":1024}`.
/// - When there is no room for the line of an admitted call, it is dropped. The next line that can be written has the
///   number: `{"time":"...","dropped":3}`. [`fail_closed`](Self::fail_closed) refuses such calls instead.
///
/// All text that callers choose is cut at 256 bytes. Control characters, bidirectional marks and line separators in it
/// are escaped, so a line shows in a terminal as it is in the file.
///
/// ```
/// use secure_runtime::audit::JsonLines;
///
/// let audit = JsonLines::new(std::io::sink());
/// assert_eq!(audit.dropped(), 0);
/// ```
#[derive(Clone)]
pub struct JsonLines {
    queue: Arc<Queue>,
    when_full: WhenFull,
}

impl JsonLines {
    /// Writes to standard output.
    pub fn stdout() -> Self {
        Self::new(io::stdout())
    }

    /// Writes to `writer`. When the last clone is dropped, waiting lines get one second to be written.
    ///
    /// Do not wrap the writer in a `BufWriter`. It takes lines before they are written, so a line that is lost is not counted.
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        Self { queue: Arc::new(Queue::start(writer)), when_full: WhenFull::Drop }
    }

    /// Refuses admitted calls with UNAVAILABLE while they cannot be recorded: while there is no room, and after a write
    /// failed until one succeeds. Lines whose write failed are kept, and every second the write goes on where it stopped.
    /// A writer that panics has failed.
    ///
    /// Default: such calls go to their handlers, and their lines are dropped and counted.
    #[must_use]
    pub fn fail_closed(self) -> Self {
        self.queue.keep_failed_lines();
        Self { when_full: WhenFull::Refuse, ..self }
    }

    /// How many lines were dropped, because a queue was full or the writer failed. Refusals that were counted in a line
    /// are not dropped.
    pub fn dropped(&self) -> u64 {
        self.queue.dropped()
    }
}

impl AuditLogger for JsonLines {
    fn log_end(&self, end: &CallEnded<'_>) {
        LINE.with_borrow_mut(|line| {
            line.clear();
            line::write_end(line, end, SystemTime::now());
            _ = self.queue.push_admitted(line, WhenFull::Drop);
        });
    }

    fn log_connection(&self, event: &ConnectionEvent) {
        LINE.with_borrow_mut(|line| {
            line.clear();
            line::write_connection(line, event, SystemTime::now());
            self.queue.push_refused(line, Overflow { method: "_CONNECTION", denial: event.failure.name() });
        });
    }

    fn log_limit(&self, event: &LimitEvent) {
        LINE.with_borrow_mut(|line| {
            line.clear();
            line::write_limit(line, event, SystemTime::now());
            self.queue.push_refused(line, Overflow { method: "_CONNECTION", denial: event.limit.name() });
        });
    }

    fn log_health(&self, event: &HealthEvent) {
        LINE.with_borrow_mut(|line| {
            line.clear();
            line::write_health(line, event, SystemTime::now());
            // There is one in ten seconds, so it pushes out nothing.
            _ = self.queue.push_admitted(line, WhenFull::Drop);
        });
    }

    fn log(&self, event: &AuditEvent<'_>) {
        _ = self.record(event);
    }

    fn record(&self, event: &AuditEvent<'_>) -> Result<(), NotRecorded> {
        LINE.with_borrow_mut(|line| {
            line.clear();
            line::write(line, event, SystemTime::now());
            match event.decision {
                _ if event.passed => self.queue.push_admitted(line, self.when_full),
                Decision::Allow => self.queue.push_admitted(line, self.when_full),
                Decision::Deny(denial) => {
                    self.queue.push_refused(line, Overflow { method: event.method, denial: denial.name() });
                    Ok(())
                }
            }
        })
    }
}

impl fmt::Debug for JsonLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLines").field("dropped", &self.dropped()).finish_non_exhaustive()
    }
}

thread_local! {
    /// Reused by all calls of a thread.
    static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}
