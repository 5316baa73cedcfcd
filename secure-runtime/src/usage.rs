//! What the calls of one connection take together, and how much they may.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::Notify;

use crate::connection_limit::ConnectionLimit;
use crate::rejections::{Delay, Rejections};
use crate::reporter::Reporter;

/// What the calls of one connection take together, and how much they may.
#[derive(Debug)]
pub(crate) struct Usage {
    limits: UsageLimits,
    reporter: Option<Reporter>,
    rejections: Arc<Rejections>,
    /// Whether a credential of a caller was accepted on the connection.
    is_authenticated: AtomicBool,
    /// Bytes of unfinished messages. Short messages are not counted.
    unfinished: AtomicUsize,
    /// Bytes of responses that wait until the client reads them.
    unsent: AtomicUsize,
    /// Work that waits before it begins.
    new: Waiters,
    /// Work that has begun and waits.
    begun: Waiters,
}

/// Tasks that wait for room.
#[derive(Debug, Default)]
struct Waiters {
    count: AtomicUsize,
    woken: Notify,
}

/// How far the work on a part of a response is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Work {
    New,
    /// It may hold a lock, so it has more room to go on.
    Begun,
}

/// Limits on the bodies of one connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UsageLimits {
    /// The deadline of a call whose client sets none.
    pub(crate) default_deadline: Option<Duration>,
    /// The longest deadline that a client may set.
    pub(crate) max_deadline: Duration,
    pub(crate) first_message_timeout: Duration,
    pub(crate) stalled_message_timeout: Duration,
    pub(crate) max_unfinished_bytes: usize,
    pub(crate) max_unfinished_bytes_unauthenticated: usize,
    pub(crate) max_unsent_bytes: usize,
    pub(crate) max_unsent_bytes_unauthenticated: usize,
}

impl Usage {
    /// The usage of a new connection. A client certificate that was verified authenticates a caller.
    pub(crate) fn new(limits: UsageLimits, is_authenticated: bool) -> Self {
        Self {
            limits,
            reporter: None,
            rejections: Arc::default(),
            is_authenticated: AtomicBool::new(is_authenticated),
            unfinished: AtomicUsize::new(0),
            unsent: AtomicUsize::new(0),
            new: Waiters::default(),
            begun: Waiters::default(),
        }
    }

    pub(crate) fn reporting_to(self, reporter: Reporter) -> Self {
        Self { reporter: Some(reporter), ..self }
    }

    /// Reports that the client reached a limit.
    pub(crate) fn limit_reached(&self, limit: ConnectionLimit) {
        if let Some(reporter) = &self.reporter {
            reporter.limit_reached(limit);
        }
    }

    /// Reports that the client called the public health service.
    pub(crate) fn health_checked(&self) {
        if let Some(reporter) = &self.reporter {
            reporter.health_checked();
        }
    }

    /// Counts a rejected credential. `None` if its refusal is sent at once.
    pub(crate) fn rejected(&self) -> Option<Delay> {
        self.rejections.add()
    }

    pub(crate) fn limits(&self) -> &UsageLimits {
        &self.limits
    }

    pub(crate) fn is_authenticated(&self) -> bool {
        self.is_authenticated.load(Ordering::Relaxed)
    }

    /// Records that a credential was accepted. Only the first call writes.
    pub(crate) fn authenticate(&self) {
        if !self.is_authenticated() {
            self.is_authenticated.store(true, Ordering::SeqCst);
            self.wake_waiting();
        }
    }

    /// Counts `after` bytes in place of `before`. False if the connection holds too many then.
    pub(crate) fn change_unfinished(&self, before: usize, after: usize) -> bool {
        if after <= before {
            if after < before {
                self.unfinished.fetch_sub(before - after, Ordering::Relaxed);
            }
            return true;
        }
        let limit = match self.is_authenticated() {
            true => self.limits.max_unfinished_bytes,
            false => self.limits.max_unfinished_bytes_unauthenticated,
        };
        let added = after - before;
        self.unfinished.fetch_add(added, Ordering::Relaxed) + added <= limit
    }

    pub(crate) fn max_unsent(&self) -> usize {
        match self.is_authenticated.load(Ordering::SeqCst) {
            true => self.limits.max_unsent_bytes,
            false => self.limits.max_unsent_bytes_unauthenticated,
        }
    }

    /// Counts bytes of a response, until [`sent`](Self::sent).
    pub(crate) fn add_unsent(&self, bytes: usize) {
        self.unsent.fetch_add(bytes, Ordering::SeqCst);
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.unsent.fetch_sub(bytes, Ordering::SeqCst);
        self.wake_waiting();
    }

    #[cfg(test)]
    pub(crate) fn unsent(&self) -> usize {
        self.unsent.load(Ordering::SeqCst)
    }

    /// Whether this work may go on.
    pub(crate) fn has_room(&self, work: Work) -> bool {
        let limit = match work {
            Work::New => self.max_unsent(),
            Work::Begun => self.max_unsent() * BEGUN_WORK_FACTOR,
        };
        self.unsent.load(Ordering::SeqCst) < limit
    }

    fn waiters(&self, work: Work) -> &Waiters {
        match work {
            Work::New => &self.new,
            Work::Begun => &self.begun,
        }
    }

    fn wake_waiting(&self) {
        for work in [Work::New, Work::Begun] {
            let waiters = self.waiters(work);
            if waiters.count.load(Ordering::SeqCst) > 0 && self.has_room(work) {
                waiters.woken.notify_waiters();
            }
        }
    }

    async fn room(&self, work: Work) {
        let waiters = self.waiters(work);
        let _waiting = Waiting::new(&waiters.count);
        loop {
            // Before it looks, so that no wake-up is missed.
            let mut woken = std::pin::pin!(waiters.woken.notified());
            woken.as_mut().enable();
            if self.has_room(work) {
                return;
            }
            woken.await;
        }
    }
}

/// Work that has begun goes on until so many times the limit is unread.
const BEGUN_WORK_FACTOR: usize = 2;

/// Counts as waiting until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// One call, whose work waits while the client leaves too much unread.
///
/// Work begins while less than the limit is unread. It goes on until twice the limit is unread, because it may hold a
/// lock or a connection of a pool. The second limit bounds the memory for the responses of calls that have begun.
pub(crate) struct Room {
    usage: Arc<Usage>,
    work: Work,
    waiting: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Room {
    pub(crate) fn new(usage: Arc<Usage>) -> Self {
        Self { usage, work: Work::New, waiting: None }
    }

    /// Polls a handler, or a body for its next frame, if there is room. Work has begun if a poll left it pending.
    pub(crate) fn poll_work<T>(
        &mut self,
        context: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        ready!(self.poll_room(context));
        let polled = poll(context);
        self.work = if polled.is_pending() { Work::Begun } else { Work::New };
        polled
    }

    fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let work = self.work;
        if !self.usage.has_room(work) {
            let waiting = self.waiting.get_or_insert_with(|| {
                let usage = Arc::clone(&self.usage);
                Box::pin(async move { usage.room(work).await })
            });
            ready!(waiting.as_mut().poll(context));
        }
        self.waiting = None;
        Poll::Ready(())
    }
}

/// A clone waits for itself.
impl Clone for Room {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.usage))
    }
}

#[cfg(test)]
impl Usage {
    /// Of a connection on which no caller is authenticated.
    pub(crate) fn of_nobody(max_unsent_bytes_unauthenticated: usize) -> Arc<Self> {
        let limits = UsageLimits {
            default_deadline: None,
            max_deadline: Duration::ZERO,
            first_message_timeout: Duration::ZERO,
            stalled_message_timeout: Duration::ZERO,
            max_unfinished_bytes: 0,
            max_unfinished_bytes_unauthenticated: 0,
            max_unsent_bytes: max_unsent_bytes_unauthenticated * 2,
            max_unsent_bytes_unauthenticated,
        };
        Arc::new(Self::new(limits, false))
    }
}

#[cfg(test)]
mod tests;
