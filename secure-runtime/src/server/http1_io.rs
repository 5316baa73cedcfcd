//! The byte stream of an HTTP/1.1 connection, with limits that HTTP/2 has in its frames.
//!
//! 1. The head of a request must be complete in time, from its first byte.
//! 2. A client that reads nothing of a response in time is cut off. Headers alone are no part of
//!    [`Unsent`](super::unsent::Unsent).
//!
//! hyper reads no further request while a response waits for its client to read it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::activity::Activity;
use super::io::ServerIo;
use super::limits::Limits;
use super::slots::Evictable;
use crate::connection_limit::ConnectionLimit;
use crate::usage::Usage;

/// A byte stream that carries HTTP/1.1.
pub(super) struct Http1Io<S> {
    io: ServerIo<S>,
    usage: Arc<Usage>,
    activity: Arc<Activity>,
    /// How many heads were complete.
    heads: Arc<AtomicUsize>,
    head_timeout: Duration,
    /// A head that has begun: how many were complete before it, and when it is late.
    head: Option<(usize, Pin<Box<Sleep>>)>,
    stall_timeout: Duration,
    /// When the client must have read something that waits.
    stall: Option<Pin<Box<Sleep>>>,
}

impl<S> Http1Io<S> {
    pub(super) fn new(io: ServerIo<S>, usage: Arc<Usage>, activity: Arc<Activity>, limits: &Limits) -> Self {
        Self {
            io,
            usage,
            activity,
            heads: Arc::default(),
            head_timeout: limits.handshake_timeout,
            head: None,
            stall_timeout: limits.max_response_stall,
            stall: None,
        }
    }

    /// The count of complete heads, for the one who sees them.
    pub(super) fn heads(&self) -> &Arc<AtomicUsize> {
        &self.heads
    }

    /// Starts the time of a head with its first byte. Bytes that come during a call are its body.
    fn received(&mut self, bytes: usize) {
        let heads = self.heads.load(Ordering::Relaxed);
        self.head.take_if(|(before, _)| *before != heads);
        if bytes > 0 && self.head.is_none() && self.activity.idle_since().is_some() {
            self.head = Some((heads, Box::pin(sleep(self.head_timeout))));
        }
    }

    fn poll_late_head(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.received(0);
        let Some((_, late)) = &mut self.head else { return Poll::Pending };
        ready!(late.as_mut().poll(context));
        Poll::Ready(Err(self.timed_out(ConnectionLimit::Handshake)))
    }

    fn timed_out(&self, limit: ConnectionLimit) -> io::Error {
        self.usage.limit_reached(limit);
        io::ErrorKind::TimedOut.into()
    }

    /// What the stream answered. If it has to wait for too long, an error.
    fn unless_stalled<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_pending() {
            let timeout = self.stall_timeout;
            let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(timeout)));
            ready!(stall.as_mut().poll(context));
            return Poll::Ready(Err(self.timed_out(ConnectionLimit::StalledResponse)));
        }
        self.stall = None;
        polled
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Http1Io<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        match Pin::new(&mut self.io).poll_read(context, buf) {
            Poll::Pending => self.poll_late_head(context),
            Poll::Ready(read) => {
                self.received(buf.filled().len() - before);
                Poll::Ready(read)
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Http1Io<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(context, buf);
        self.unless_stalled(context, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_flush(context);
        self.unless_stalled(context, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(context, bufs);
        self.unless_stalled(context, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
